#include "grader/base/result.h"

const char *status_word(enum status status)
{
    static const char *const words[] = {
        [NOT_RUN] = "not run",       [PASSED] = "passed", [FAILED] = "failed",
        [NOT_EARNED] = "not earned", [OUT] = "out",       [GRADER_FAULT] = "fault"};
    return words[status];
}

enum status outcome_status(const struct outcome *outcome, size_t index)
{
    return outcome->results ? outcome->results[index].status : FAILED;
}

size_t outcome_count(const struct outcome *outcome, enum status status)
{
    size_t count = 0;
    for (size_t i = 0; i < outcome->lab->count; i++)
        if (outcome_status(outcome, i) == status)
            count++;
    return count;
}

static int points_of(const struct outcome *outcome, enum status status, size_t step)
{
    int points = 0;
    for (size_t i = 0; i < outcome->lab->count; i++)
        if (outcome_status(outcome, i) == status &&
            (step == 0 || lab_step(outcome->lab, i) == step))
            points += outcome->lab->scenarios[i]->points;
    return points;
}

int outcome_earned_in(const struct outcome *outcome, size_t step)
{
    return points_of(outcome, PASSED, step);
}

int outcome_possible_in(const struct outcome *outcome, size_t step)
{
    return points_of(outcome, PASSED, step) + points_of(outcome, FAILED, step) +
           points_of(outcome, NOT_EARNED, step);
}

int outcome_earned(const struct outcome *outcome)
{
    return outcome_earned_in(outcome, 0);
}

int outcome_possible(const struct outcome *outcome)
{
    return outcome_possible_in(outcome, 0);
}

int outcome_out(const struct outcome *outcome)
{
    return points_of(outcome, OUT, 0);
}

bool outcome_has_score(const struct outcome *outcome)
{
    return outcome->fault == NULL && outcome_count(outcome, GRADER_FAULT) == 0 &&
           outcome_possible(outcome) > 0;
}

double outcome_score(const struct outcome *outcome)
{
    int possible = outcome_possible(outcome);
    int hundredths = possible > 0 ? 100 * 100 * outcome_earned(outcome) / possible : 0;
    return hundredths / 100.0;
}
