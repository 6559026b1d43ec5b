-- What became of interactions, beside what they were: for the cost of a trait, joined by id.

-- One row for each interaction that has outcomes. Of several outcomes the latest that says something counts, of each of what they may
-- say; every kind of complaint stays. What only the interaction knows (refused, product, region, channel) is empty or NULL where it has
-- expired or never came. Words are in the table texts (kind interaction), as long as they are kept: ask for them by lane and id.
CREATE OR REPLACE VIEW interaction_outcomes
(
    run                 String COMMENT 'Prefix of the run''s topics, empty for the live ones',
    lane                String,
    interaction_id      String,
    interaction_time    DateTime64(3, 'UTC'),
    outcome_time        DateTime64(3, 'UTC') COMMENT 'Event time of the latest outcome',
    bucket              String,
    segment             String,
    model               String COMMENT 'id@version',
    product             String COMMENT 'As the interaction says, empty where it does not',
    region              String,
    channel             String,
    refused             Nullable(Bool) COMMENT 'Flagged as refused; NULL where the interaction is not known',
    unresolved          Bool COMMENT 'Said not to be resolved',
    escalated           Bool COMMENT 'A person had to take over: a ticket',
    complaint_types     Array(String) COMMENT 'Kinds of complaint, each once, ascending',
    cost                Nullable(Float64) COMMENT 'As the outcome says, in cost_currency',
    cost_currency       String COMMENT 'ISO 4217'
)
AS
SELECT
    told.run AS run, told.lane AS lane, told.interaction_id AS interaction_id, interaction_time, outcome_time,
    told.bucket AS bucket, told.segment AS segment, told.model AS model,
    toString(known.product) AS product, toString(known.region) AS region, toString(known.channel) AS channel,
    if(known.id = '', NULL, known.refused) AS refused,
    unresolved, escalated, complaint_types, cost, cost_currency
FROM
(
    SELECT
        substring(_topic, 1, length(_topic) - length('outcomes.v1')) AS run, toString(outcomes.lane) AS lane, interaction_id,
        argMax(outcomes.interaction_time, (event_time, _offset)) AS interaction_time,
        max(event_time) AS outcome_time,
        argMax(toString(outcomes.bucket), (event_time, _offset)) AS bucket,
        argMax(toString(outcomes.segment), (event_time, _offset)) AS segment,
        argMax(outcomes.model, (event_time, _offset)) AS model,
        CAST(ifNull(argMax(resolved, (event_time, _offset)) = false, false), 'Bool') AS unresolved,
        ifNull(argMax(outcomes.escalated, (event_time, _offset)), false) AS escalated,
        arraySort(groupUniqArrayIf(toString(complaint_type), complaint_type != '')) AS complaint_types,
        argMax(outcomes.cost, (event_time, _offset)) AS cost,
        argMaxIf(toString(outcomes.cost_currency), (event_time, _offset), isNotNull(outcomes.cost)) AS cost_currency
    FROM outcomes
    GROUP BY run, lane, interaction_id
) AS told
LEFT ANY JOIN
(
    SELECT id, lane, product, region, channel, refused, substring(_topic, 1, length(_topic) - length('interactions.v1')) AS run
    FROM interactions
) AS known ON known.run = told.run AND known.lane = told.lane AND known.id = told.interaction_id;
