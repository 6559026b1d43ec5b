import { describe, expect, it } from "vitest";
import { Random } from "../../../../services/core/random.ts";
import {
  cohenKappa,
  gwetAc1,
  krippendorffAlpha,
  predictionPowered,
  type RatedUnits,
  type RaterTable,
} from "../../../../services/core/statistics/agreement.ts";

const TABLE: RaterTable = [
  [40, 10],
  [5, 45],
];

describe("agreement of two raters", () => {
  it("is what the papers say", () => {
    expect(cohenKappa(TABLE)).toMatchObject({ n: 100, observed: 0.85 });
    expect(cohenKappa(TABLE).value).toBeCloseTo(0.7, 10);
    expect(gwetAc1(TABLE).value).toBeCloseTo(0.7007481297, 10);
  });

  it("has intervals of the width that the asymptotic error gives", () => {
    // Fleiss, Cohen & Everitt 1969 give .0708 for this table.
    const { value, interval } = cohenKappa(TABLE);
    expect((interval!.hi - interval!.lo) / 2 / 1.984).toBeCloseTo(0.0708, 2);
    expect(interval!.lo).toBeLessThan(value);
  });

  it("holds at extreme prevalence where kappa collapses", () => {
    const rare: RaterTable = [
      [1, 2],
      [3, 94],
    ];
    expect(cohenKappa(rare).value).toBeLessThan(0.3);
    expect(gwetAc1(rare).value).toBeGreaterThan(0.9);
  });

  it("is not certain where all agree, and unknown where chance explains all", () => {
    const all = cohenKappa([
      [20, 0],
      [0, 20],
    ]);
    expect(all.value).toBe(1);
    expect(all.interval!.hi).toBe(1);
    expect(all.interval!.lo).toBeGreaterThan(0.7);
    expect(all.interval!.lo).toBeLessThan(0.9);
    const one = cohenKappa([
      [0, 0],
      [0, 40],
    ]);
    expect(one).toMatchObject({ n: 40, value: Number.NaN, interval: null });
    expect(
      gwetAc1([
        [0, 0],
        [0, 40],
      ]).value,
    ).toBe(1);
    expect(
      cohenKappa([
        [0, 0],
        [0, 0],
      ]),
    ).toMatchObject({ n: 0, interval: null });
  });

  it.each([
    [[[1, 2]]],
    [[[1]]],
    [
      [
        [1, -1],
        [0, 1],
      ],
    ],
    [
      [
        [1.5, 1],
        [0, 1],
      ],
    ],
  ])("refuses %j", (table) => {
    expect(() => cohenKappa(table)).toThrow(RangeError);
  });

  it("covers the truth about as often as it says", () => {
    const random = new Random("agreement/coverage");
    // Two raters who each flip a fair coin's side with probability .1: observed .82, chance .5.
    let covered = 0;
    for (let run = 0; run < 300; run += 1) {
      const table = [
        [0, 0],
        [0, 0],
      ];
      for (let i = 0; i < 120; i += 1) {
        const truth = random.below(2);
        const rated = () => (random.below(10) === 0 ? 1 - truth : truth);
        table[rated()]![rated()]! += 1;
      }
      const { interval } = cohenKappa(table);
      if (interval!.lo <= 0.64 && interval!.hi >= 0.64) covered += 1;
    }
    expect(covered).toBeGreaterThan(273);
  });
});

describe("agreement of any number of raters", () => {
  const units = (...rows: readonly string[]): RatedUnits[] =>
    rows.map((row) => ({
      ratings: ["0", "1"].map((mark) => row.split("").filter((own) => own === mark).length),
      times: 1,
    }));

  it("is Krippendorff's, with gaps", () => {
    const found = krippendorffAlpha(units("11-", "101", "000", "111", "0-0", "100", "111", "-10"));
    expect(found.n).toBe(8);
    expect(found.value).toBeCloseTo(0.4444444444, 10);
    expect(found.interval!.lo).toBeLessThan(0.44);
  });

  it("counts units that many share as often as they come, and leaves out those that one rated", () => {
    const once = krippendorffAlpha(units("11", "10", "00", "00", "11", "1-"));
    const counted = krippendorffAlpha([
      { ratings: [0, 2], times: 2 },
      { ratings: [1, 1], times: 1 },
      { ratings: [2, 0], times: 2 },
      { ratings: [0, 1], times: 7 },
    ]);
    expect(counted.n).toBe(5);
    expect(counted.value).toBeCloseTo(once.value, 12);
    expect(counted.interval!.lo).toBeCloseTo(once.interval!.lo, 12);
  });

  it("is unknown where nobody rated twice, or all said the same", () => {
    expect(krippendorffAlpha([])).toMatchObject({ n: 0, interval: null });
    expect(krippendorffAlpha(units("1-", "0-")).n).toBe(0);
    expect(krippendorffAlpha(units("11", "11")).value).toBeNaN();
  });
});

describe("the prediction-powered rate", () => {
  const rated: RaterTable = [
    [6, 2],
    [12, 80],
  ];

  it("corrects the judge by what people say of some", () => {
    const found = predictionPowered({ judged: 10_000, accepted: 9_200, rated })!;
    expect(found.value).toBeCloseTo(0.82, 12);
    expect(found.offset).toBeCloseTo(0.1, 12);
    expect(found.standardError).toBeCloseTo(0.0363386, 7);
    expect(found.interval.lo).toBeCloseTo(0.7488, 4);
    expect(found.interval.hi).toBeCloseTo(0.8912, 4);
  });

  it("is none where people rated less than two, and refuses counts that contradict themselves", () => {
    expect(
      predictionPowered({
        judged: 10,
        accepted: 5,
        rated: [
          [0, 0],
          [0, 1],
        ],
      }),
    ).toBeNull();
    expect(() => predictionPowered({ judged: 10, accepted: 11, rated })).toThrow(RangeError);
  });
});
