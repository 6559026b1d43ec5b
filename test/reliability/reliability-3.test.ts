import { testShortForms } from "./short-forms.ts";

await testShortForms(2, 3);
