import { testShortForms } from "./short-forms.ts";

await testShortForms(0, 3);
