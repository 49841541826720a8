# Makes sets.csv and effects.csv beside it: effects in invented matched sets as R's packages give them.
# Run in this folder: Rscript make_effects.R
# Made with R 4.2.2, sandwich 3.0-2, survival 3.5-3, MASS 7.3-58.2, numDeriv 2016.8-1.1.
suppressMessages({library(sandwich); library(survival); library(MASS); library(numDeriv)})
options(digits = 15)
set.seed(11)

sets <- 300
size <- sample(1:3, sets, replace = TRUE)
matched_set <- rep(seq_len(sets), size + 1)
n <- length(matched_set)
treated <- as.integer(!duplicated(matched_set))
weight <- ifelse(treated == 1, 1, 1 / size[matched_set])
person <- seq_len(n)
later <- sample(which(treated == 0), 60)
person[later] <- sample(which(treated == 1), 60)
x <- round(rnorm(n) + 0.2 * treated, 3)
shared <- rgamma(sets, 3, 3)[matched_set]
years <- round(runif(n, 0.2, 1), 4)
count <- rpois(n, 1.5 * shared * years * exp(0.3 * x - 0.2 * treated))
cost <- round(rgamma(n, 0.8, 0.8) * 900 * shared * exp(0.2 * x) + 50 * treated, 2)
cost[sample(n, 40)] <- 0
event <- ceiling(rexp(n, 0.0025 * shared * exp(0.3 * x - 0.3 * treated)))
death <- ceiling(rexp(n, 0.0008 * exp(0.3 * x)))
lost <- sample(100:900, n, replace = TRUE)
time <- pmin(event, death, lost, 365)
cause <- ifelse(time == 365, 0, ifelse(event == time, 1, ifelse(death == time, 2, 0)))
people <- data.frame(matched_set, person, treated, weight, x, years, count, cost, time, cause)
write.csv(people, "sets.csv", row.names = FALSE, quote = FALSE)

expected <- data.frame(measure = character(), value = numeric())
keep <- function(measure, value) {
  expected <<- rbind(expected, data.frame(measure = measure, value = as.numeric(value)))
}
exact <- glm.control(epsilon = 1e-14, maxit = 100)
keep_fit <- function(name, fit, exposure, inverse, cluster = ~ matched_set) {
  covariance <- vcovCL(fit, cluster = cluster, data = people, type = "HC0", cadjust = TRUE)
  design <- model.matrix(fit)[treated == 1, , drop = FALSE]
  share <- exposure[treated == 1] / sum(exposure[treated == 1])
  arm <- function(beta, value) {
    design[, "treated"] <- value
    sum(share * inverse(design %*% beta))
  }
  parts <- list(treated = function(b) arm(b, 1), control = function(b) arm(b, 0),
                difference = function(b) arm(b, 1) - arm(b, 0), log_ratio = function(b) log(arm(b, 1) / arm(b, 0)))
  beta <- coef(fit)
  for (part in names(parts)) {
    slope <- grad(parts[[part]], beta)
    keep(paste(name, part), parts[[part]](beta))
    keep(paste(name, part, "error"), sqrt(slope %*% covariance %*% slope))
  }
}
poisson_fit <- function(formula) suppressWarnings(glm(formula, poisson, people, weights = weight, control = exact))
keep_fit("poisson", poisson_fit(count ~ treated + offset(log(years))), years, exp)
keep_fit("poisson adjusted", poisson_fit(count ~ treated + x + offset(log(years))), years, exp)
keep_fit("poisson two-way", poisson_fit(count ~ treated + offset(log(years))), years, exp, ~ matched_set + person)
nb <- suppressWarnings(glm.nb(count ~ treated + x + offset(log(years)), people, weights = weight, control = exact))
keep("dispersion", 1 / nb$theta)
fixed <- suppressWarnings(glm(count ~ treated + x + offset(log(years)), negative.binomial(nb$theta), people, weights = weight,
                              control = exact))
keep_fit("negative binomial", fixed, years, exp)
one <- rep(1, n)
keep_fit("linear", lm(cost ~ treated + x, people, weights = weight), one, identity)
positive <- pmax(cost, 0)
gamma_fit <- glm(cost ~ treated + x, quasi(link = "log", variance = "mu^2"), people, weights = weight, control = exact,
                 mustart = rep(mean(cost), n))
keep_fit("gamma", gamma_fit, one, exp)

cox <- function(name, formula, data) {
  fit <- coxph(formula, data, weights = weight, ties = "efron", robust = TRUE, cluster = matched_set,
               control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50))
  keep(paste(name, "log ratio"), coef(fit)[["treated"]])
  keep(paste(name, "error"), sqrt(vcov(fit)["treated", "treated"]))
}
people$own <- as.integer(cause == 1)
cox("cox", Surv(time, own) ~ treated, people)
cox("cox adjusted", Surv(time, own) ~ treated + x, people)
cox("cox event or death", Surv(time, cause > 0) ~ treated, people)
coarse <- transform(people, time = ceiling(time / 60))
cox("cox many ties", Surv(time, own) ~ treated + x, coarse)
halves <- survSplit(Surv(time - 0.5, own) ~ ., people, cut = 182, episode = "half")
early <- coxph(Surv(tstart, tstop, own) ~ treated, halves[halves$half == 1, ], weights = weight, robust = TRUE,
               cluster = matched_set, control = coxph.control(eps = 1e-12, toler.chol = 1e-13))
late <- coxph(Surv(tstart, tstop, own) ~ treated, halves[halves$half == 2, ], weights = weight, robust = TRUE,
              cluster = matched_set, control = coxph.control(eps = 1e-12, toler.chol = 1e-13))
keep("cox early log ratio", coef(early))
keep("cox early error", sqrt(vcov(early)))
keep("cox late log ratio", coef(late))
keep("cox late error", sqrt(vcov(late)))
keep("late sets", length(unique(halves$matched_set[halves$half == 2])))

for (arm in 0:1) {
  own <- people[people$treated == arm, ]
  both <- survfit(Surv(time, factor(cause)) ~ 1, own, weights = weight)
  for (day in c(182, 364)) keep(paste("incidence", arm, day), summary(both, times = day)$pstate[, 2])
}
write.csv(format(expected, digits = 15, trim = TRUE), "effects.csv", row.names = FALSE, quote = FALSE)
