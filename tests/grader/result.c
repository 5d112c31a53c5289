#include "grader/result.h"

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

static int points_of(const struct outcome *outcome, enum status status)
{
    int points = 0;
    for (size_t i = 0; i < outcome->lab->count; i++)
        if (outcome_status(outcome, i) == status)
            points += outcome->lab->scenarios[i].points;
    return points;
}

int outcome_earned(const struct outcome *outcome)
{
    return points_of(outcome, PASSED);
}

int outcome_possible(const struct outcome *outcome)
{
    if (!outcome->results)
        return 100;
    return points_of(outcome, PASSED) + points_of(outcome, FAILED);
}

int outcome_left_out(const struct outcome *outcome)
{
    return points_of(outcome, NOT_TESTED) + points_of(outcome, GRADER_FAULT);
}

int outcome_score(const struct outcome *outcome)
{
    int possible = outcome_possible(outcome);
    return possible > 0 ? 100 * outcome_earned(outcome) / possible : 0;
}
