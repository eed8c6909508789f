// Which page is shown: the path says it.

class Route {
  path = $state(location.pathname);

  constructor() {
    window.addEventListener('popstate', () => (this.path = location.pathname));
  }

  go(path: string) {
    if (path === location.pathname + location.search) return;
    history.pushState(null, '', path);
    this.path = location.pathname;
    window.scrollTo(0, 0);
  }

  // For links: a plain click stays on this page.
  follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.currentTarget as HTMLAnchorElement;
    event.preventDefault();
    this.go(link.pathname + link.search);
  };

  // "/review/3" with "/review": "3".
  under(prefix: string): string | null {
    if (!this.path.startsWith(`${prefix}/`)) return null;
    return decodeURIComponent(this.path.slice(prefix.length + 1)) || null;
  }
}

export const route = new Route();
