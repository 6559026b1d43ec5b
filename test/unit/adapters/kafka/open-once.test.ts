import { expect, it } from "vitest";
import { OpenOnce } from "../../../../services/adapters/kafka/open-once.ts";

it("opens once for all who ask, and after a failure again for the next", async () => {
  const answers = [Promise.reject(new Error("away")), Promise.resolve("client")];
  let asked = 0;
  const once = new OpenOnce(() => answers[asked++]!);
  expect(await once.opened()).toBeNull();
  const failed = await Promise.allSettled([once.get(), once.get()]);
  expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(asked).toBe(1);
  expect(await once.opened()).toBeNull();
  expect(await once.get()).toBe("client");
  expect(await once.get()).toBe("client");
  expect(await once.opened()).toBe("client");
  expect(asked).toBe(2);
});
