/** The frame around every page: navigation, the page, and what to do where there is none. */
import type { ComponentType, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { findPage, PAGES, type PageProps } from "./pages.ts";
import { Link, usePlace } from "./router.tsx";
import { EmptyState } from "./widgets/empty-state.tsx";
import { LiveMark } from "./widgets/live-mark.tsx";

/** Loaded pages by path pattern: moving between them shows no gap. */
const LOADED = new Map<string, ComponentType<PageProps>>();

export function App(): JSX.Element {
  const { pathname, query } = usePlace();
  const found = findPage(pathname);
  const [, setLoads] = useState(0);
  const [failed, setFailed] = useState(false);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const path = found?.page.path ?? null;

  useEffect(() => {
    if (found === null || LOADED.has(found.page.path)) return;
    found.page.load().then(
      (component) => {
        LOADED.set(found.page.path, component);
        setLoads((loads) => loads + 1);
      },
      () => setFailed(true),
    );
  }, [path]);

  useEffect(() => {
    const of = Object.values(found?.params ?? {})[0];
    document.title = [of, found?.page.title ?? "Not found", "Plumbline"].filter(Boolean).join(" · ");
    // A reader of the screen hears the new page; on the first one the browser does that.
    if (!first.current) main.current?.focus();
    first.current = false;
    scrollTo(0, 0);
  }, [pathname]);

  const Current = path === null ? undefined : LOADED.get(path);
  return (
    <>
      <a class="skip" href="#main">
        To the page
      </a>
      <header class="bar">
        <Link class="brand" href="/" aria-label="Plumbline, overview">
          <img src="/assets/mark.svg" alt="" width="22" height="22" />
          Plumbline
        </Link>
        <nav aria-label="Pages">
          {PAGES.filter(({ inNavigation }) => inNavigation).map((page) => (
            <Link
              key={page.path}
              href={page.path}
              {...(page.path === path ? { "aria-current": "page" as const } : {})}
            >
              {page.title}
            </Link>
          ))}
        </nav>
        <LiveMark />
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {found === null ? (
          <EmptyState title="There is no such page" hint="The overview has every lane.">
            <Link href="/">To the overview</Link>
          </EmptyState>
        ) : failed ? (
          <EmptyState
            title="This page could not be loaded"
            hint="Is the run still up?"
            command="npx plumbline status"
          />
        ) : Current === undefined ? null : (
          <Current params={found.params} query={query} />
        )}
      </main>
    </>
  );
}
