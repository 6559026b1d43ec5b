import { testShortForms } from "./short-forms.ts";

await testShortForms(1, 3);
