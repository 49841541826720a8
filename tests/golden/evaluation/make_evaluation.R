# Makes people.csv, effects.csv and expected.csv beside it: the measures of casefinder.evaluation as R's packages have them.
# Run in this folder: Rscript make_evaluation.R
# Made with R 4.2.2, pROC 1.18.0, rms 6.5-0, metafor 3.8-1, lme4 1.1-31, survival 3.5-3.
suppressMessages({library(pROC); library(rms); library(metafor); library(lme4); library(survival)})
options(digits = 15)
set.seed(20240401)

n <- 1500
group <- sample(letters[1:12], n, replace = TRUE, prob = 12:1)
shift <- setNames(rnorm(12, 0, 0.4), letters[1:12])
lp <- rnorm(n, -2, 1.1)
risk <- round(plogis(lp), 3)
risk <- pmin(pmax(risk, 0.001), 0.999)
outcome <- rbinom(n, 1, plogis(0.2 + 0.8 * qlogis(risk) + shift[group]))
weight <- round(runif(n, 0.5, 2), 3)
lost <- sample(1:700, n, replace = TRUE)
event <- floor(rexp(n, risk / 365))
death <- floor(rexp(n, 0.1 / 365))
time <- pmin(lost, event, death)
cause <- ifelse(event <= pmin(death, lost), 1, ifelse(death <= lost, 2, 0))
people <- data.frame(outcome, risk, weight, group, time, cause)
write.csv(people, "people.csv", row.names = FALSE, quote = FALSE)

expected <- data.frame(measure = character(), value = numeric())
keep <- function(measure, value) {
  expected <<- rbind(expected, data.frame(measure = measure, value = as.numeric(value)))
}
logit <- qlogis(risk)

curve <- roc(outcome, risk, direction = "<", quiet = TRUE)
limits <- ci.auc(curve, method = "delong")
keep(c("c_statistic_low", "c_statistic", "c_statistic_high"), limits)
keep("delong_variance", var(curve, method = "delong"))

large <- glm(outcome ~ 1 + offset(logit), family = binomial, epsilon = 1e-14)
keep(c("citl", "citl_error"), coef(summary(large))[1, 1:2])
slope <- glm(outcome ~ logit, family = binomial, epsilon = 1e-14)
keep(c("slope_intercept", "slope"), coef(slope))
keep(c("slope_intercept_error", "slope_error"), sqrt(diag(vcov(slope))))
weighted <- suppressWarnings(glm(outcome ~ logit, family = binomial, weights = weight, epsilon = 1e-14))
keep(c("weighted_slope_intercept", "weighted_slope"), coef(weighted))
weighted_large <- suppressWarnings(glm(outcome ~ 1 + offset(logit), family = binomial, weights = weight, epsilon = 1e-14))
keep("weighted_citl", coef(weighted_large))

gaps <- function(fitted, name) {
  gap <- abs(fitted - risk)
  keep(paste0(name, c("ici", "e50", "e90", "emax")), c(mean(gap), quantile(gap, c(0.5, 0.9)), max(gap)))
}
gaps(fitted(loess(outcome ~ risk)), "loess_")
gaps(fitted(loess(outcome ~ risk, weights = weight)), "weighted_loess_")
knots <- quantile(logit, c(0.05, 0.275, 0.5, 0.725, 0.95))
spline <- glm(outcome ~ rcs(logit, knots), family = binomial, epsilon = 1e-14)
gaps(fitted(spline), "spline_")
at <- c(0.02, 0.1, 0.3, 0.6)
link <- predict(spline, data.frame(logit = qlogis(at)), se.fit = TRUE)
keep(paste0("spline_low_at_", at), plogis(link$fit - qnorm(0.975) * link$se.fit))
keep(paste0("spline_high_at_", at), plogis(link$fit + qnorm(0.975) * link$se.fit))
keep(paste0("cars_at_", c(5, 10, 15, 21)), predict(loess(dist ~ speed, cars), data.frame(speed = c(5, 10, 15, 21))))

for (count in c(0, 1, 7, 43)) {
  keep(paste0("poisson_", count, c("_low", "_high")), poisson.test(count)$conf.int)
}

observed <- as.numeric(tapply(outcome, group, sum))
foreseen <- as.numeric(tapply(risk, group, sum))
pooled <- rma(yi = log(observed / foreseen), vi = 1 / observed, method = "REML", test = "knha",
              control = list(threshold = 1e-14, maxiter = 1000))
keep(c("pool_estimate", "pool_error", "pool_tau2", "pool_low", "pool_high"),
     c(pooled$b, pooled$se, pooled$tau2, pooled$ci.lb, pooled$ci.ub))
reach <- qt(0.975, pooled$k - 2) * sqrt(pooled$tau2 + pooled$se^2)
keep(c("pool_prediction_low", "pool_prediction_high"), c(pooled$b - reach, pooled$b + reach))

# The data of the BCG trials (metafor's dat.bcg), log risk ratios: a published example of REML with Hartung-Knapp.
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
bcg_fit <- rma(yi, vi, data = bcg, method = "REML", test = "knha", control = list(threshold = 1e-14, maxiter = 1000))
keep(c("bcg_estimate", "bcg_error", "bcg_tau2", "bcg_low", "bcg_high"),
     c(bcg_fit$b, bcg_fit$se, bcg_fit$tau2, bcg_fit$ci.lb, bcg_fit$ci.ub))
write.csv(data.frame(estimate = as.numeric(bcg$yi), variance = as.numeric(bcg$vi)), "bcg.csv", row.names = FALSE)

mixed <- suppressWarnings(glmer(outcome ~ 1 + offset(logit) + (1 | group), family = binomial, nAGQ = 25,
                                control = glmerControl(tolPwrss = 1e-13)))
keep(c("mixed_a", "mixed_a_error", "mixed_s", "mixed_log_likelihood"),
     c(fixef(mixed), sqrt(vcov(mixed)[1, 1]), sqrt(VarCorr(mixed)$group[1]), logLik(mixed)))
effects <- ranef(mixed, condVar = TRUE)$group
write.csv(data.frame(group = rownames(effects), u = effects[, 1], sd = sqrt(attr(effects, "postVar")[1, 1, ])),
          "effects.csv", row.names = FALSE, quote = FALSE)
# Profiling changes the fit in place, so it comes last.
profiled <- suppressWarnings(suppressMessages(confint(mixed, parm = "theta_", quiet = TRUE)))
keep(c("mixed_s_low", "mixed_s_high"), profiled[1, ])

# Events before censorings at ties: events and deaths a quarter of a day early. Days from 365 on do not count.
horizon <- 365
early <- time - 0.25 * (cause > 0)
free <- survfit(Surv(pmin(early, horizon), cause == 0 & time < horizon) ~ 1)
before <- stepfun(free$time, c(1, free$surv), right = TRUE)
ipcw <- ifelse(time >= horizon, 1 / before(horizon), ifelse(cause > 0, 1 / before(early), 0))
keep(c("ipcw_sum", "ipcw_max", "ipcw_event_sum"), c(sum(ipcw), max(ipcw), sum(ipcw * (cause == 1 & time < horizon))))
keep("ipcw_centile", quantile(ipcw[ipcw > 0], 0.99))
incidence <- survfit(Surv(pmin(time, horizon), factor(ifelse(time < horizon, cause, 0), 0:2)) ~ 1)
last <- summary(incidence, times = horizon - 0.5)$pstate
keep(c("aalen_johansen_event", "aalen_johansen_death"), last[2:3])

write.csv(format(expected, digits = 15, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
