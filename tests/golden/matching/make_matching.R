# Makes rows.csv and pairs.csv beside it: matched pairs as R's MatchIt gives them on invented people.
# Run in this folder: Rscript make_matching.R
# Made with R 4.2.2, MatchIt 4.5.1.
suppressMessages(library(MatchIt))
options(digits = 15)
set.seed(6)

n <- 900
sex <- rbinom(n, 1, 0.5)
age <- round(rnorm(n, 75, 8))
admissions <- rpois(n, 0.6)
frailty <- round(rgamma(n, 2, 0.4), 2)
treated <- rbinom(n, 1, plogis(-3.2 + 0.4 * admissions + 0.1 * frailty + 0.02 * (age - 75)))
propensity <- round(fitted(glm(treated ~ sex + age + admissions + frailty, family = binomial)), 12)
rows <- data.frame(treated, sex, age, admissions, frailty, propensity = qlogis(propensity))
rows$prognostic <- round(-2 + 0.5 * admissions + 0.15 * frailty + 0.03 * (age - 75) + rnorm(n, 0, 0.3), 12)
rownames(rows) <- seq_len(n) - 1
write.csv(rows, "rows.csv", row.names = FALSE, quote = FALSE)

pairs <- data.frame(how = character(), treated = integer(), control = integer())
keep <- function(how, ...) {
  out <- suppressWarnings(matchit(treated ~ sex + age + admissions + frailty, data = rows, method = "nearest",
                                  distance = rows$propensity, m.order = "largest", ...))
  found <- out$match.matrix
  for (column in seq_len(ncol(found))) {
    has <- !is.na(found[, column])
    pairs <<- rbind(pairs, data.frame(how = how, treated = as.integer(rownames(found)[has]),
                                      control = as.integer(found[has, column])))
  }
  message(how, ": ", sum(!is.na(found)), " pairs")
}
# MatchIt 4.5.1 as packaged does not always take the nearest, nor keep to the caliper, where it matches on the score alone;
# asked for the Mahalanobis distance on the score, which has the same order, it does both.
alone <- ~ propensity
near <- ~ prognostic + admissions + age + frailty
both <- c(0.2, prognostic = 0.2)
keep("propensity", mahvars = alone)
keep("propensity, 2 controls", ratio = 2, mahvars = alone)
keep("propensity, caliper", caliper = 0.2, mahvars = alone)
keep("propensity, caliper, exact", caliper = 0.2, exact = ~ sex, mahvars = alone)
keep("mahalanobis, two calipers, exact", caliper = both, mahvars = near, exact = ~ sex)
keep("mahalanobis, two calipers, exact, 3 controls", caliper = both, mahvars = near, exact = ~ sex, ratio = 3)
keep("mahalanobis, two calipers, exact, replacement", caliper = both, mahvars = near, exact = ~ sex, replace = TRUE)
write.csv(pairs, "pairs.csv", row.names = FALSE, quote = 1)
