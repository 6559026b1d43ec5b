/** Every page of the console. A page is loaded when it is first opened. */
import type { ComponentType } from "preact";

export interface PageProps {
  /** Decoded parts of the path by name, as `:name` in `Page.path`. */
  readonly params: Readonly<Record<string, string>>;
  /** What stands after `?`. */
  readonly query: URLSearchParams;
}

export interface Page {
  /** `/lanes/:lane`: a part that begins with a colon takes one encoded part of the path. */
  readonly path: string;
  readonly title: string;
  /** In the navigation, in this order. */
  readonly inNavigation: boolean;
  readonly load: () => Promise<ComponentType<PageProps>>;
}

export const PAGES: readonly Page[] = [
  {
    path: "/",
    title: "Overview",
    inNavigation: true,
    load: async () => (await import("./pages/overview-page.tsx")).OverviewPage,
  },
  {
    path: "/lanes/:lane",
    title: "Lane",
    inNavigation: false,
    load: async () => (await import("./pages/lane-page.tsx")).LanePage,
  },
  {
    path: "/window",
    title: "Window",
    inNavigation: false,
    load: async () => (await import("./pages/window-page.tsx")).WindowPage,
  },
  {
    path: "/gates",
    title: "Gates",
    inNavigation: true,
    load: async () => (await import("./pages/gates-page.tsx")).GatesPage,
  },
  {
    path: "/timeline",
    title: "Timeline",
    inNavigation: true,
    load: async () => (await import("./pages/timeline-page.tsx")).TimelinePage,
  },
  {
    path: "/compare",
    title: "Compare",
    inNavigation: true,
    load: async () => (await import("./pages/compare-page.tsx")).ComparePage,
  },
  {
    path: "/sql",
    title: "SQL",
    inNavigation: true,
    load: async () => (await import("./pages/sql-page.tsx")).SqlPage,
  },
];

export interface FoundPage {
  readonly page: Page;
  readonly params: Readonly<Record<string, string>>;
}

/** null: there is no such page. */
export function findPage(pathname: string): FoundPage | null {
  const parts = pathname.split("/");
  for (const page of PAGES) {
    const wanted = page.path.split("/");
    if (wanted.length !== parts.length) continue;
    const params: Record<string, string> = {};
    const fits = wanted.every((want, i) => {
      if (!want.startsWith(":")) return want === parts[i];
      const value = decoded(parts[i] ?? "");
      if (value === null || value === "") return false;
      params[want.slice(1)] = value;
      return true;
    });
    if (fits) return { page, params };
  }
  return null;
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
