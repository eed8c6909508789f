// What keys do in review. People may change them; the browser keeps what they chose.

export const actions = {
  approve: 'Approve',
  skip: 'Skip',
  archive: 'Archive',
  merge: 'Merge with the clip before',
  group: 'Group with the clip before',
  ungroup: 'Take out of its group',
  cut: 'Cut here: this frame begins a new clip',
  moveCut: 'Move the clip’s begin here',
  undo: 'Undo',
  redo: 'Redo',
  toggle: 'Play or pause',
  forward: 'Play; again: faster',
  pause: 'Pause',
  backward: 'Play backwards',
  next: 'Next clip',
  previous: 'Previous clip',
  frameForward: 'One frame forward',
  frameBack: 'One frame back',
  tenForward: 'Ten frames forward',
  tenBack: 'Ten frames back',
  first: 'First frame of the clip',
  last: 'Last frame of the clip',
  slower: 'Slower',
  faster: 'Faster',
  help: 'Show this sheet',
} as const;

export type Action = keyof typeof actions;
export type KeyMap = Record<Action, string>;

export const defaultKeys: KeyMap = {
  approve: 'a',
  skip: 's',
  archive: 'x',
  merge: 'm',
  group: 'g',
  ungroup: 'u',
  cut: 'c',
  moveCut: 'b',
  undo: 'z',
  redo: 'Shift+z',
  toggle: 'Space',
  forward: 'l',
  pause: 'k',
  backward: 'j',
  next: ']',
  previous: '[',
  frameForward: 'ArrowRight',
  frameBack: 'ArrowLeft',
  tenForward: 'Shift+ArrowRight',
  tenBack: 'Shift+ArrowLeft',
  first: 'Home',
  last: 'End',
  slower: '-',
  faster: '+',
  help: '?',
};

const storageKey = 'heaters.keys';

// The name of what was pressed: letters in lower case, Shift only where the character does not say it already.
export function keyName(event: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>): string {
  if (event.altKey || ['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) return '';
  const key = event.key === ' ' ? 'Space' : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const isLetter = /^[a-z]$/.test(key);
  const isNamed = event.key.length > 1 || key === 'Space';
  const shift = event.shiftKey && (isLetter || isNamed) ? 'Shift+' : '';
  // Undo as everywhere else; other combinations are the browser's.
  if (event.ctrlKey || event.metaKey) return key === 'z' ? `${shift}z` : key === 'y' ? 'Shift+z' : '';
  return shift + key;
}

// As people read it.
export function printed(name: string): string {
  return name
    .replace('ArrowRight', '→')
    .replace('ArrowLeft', '←')
    .replace('ArrowUp', '↑')
    .replace('ArrowDown', '↓')
    .replace('Shift+', '⇧ ');
}

export function actionOf(keys: KeyMap, name: string): Action | null {
  if (!name) return null;
  for (const [action, key] of Object.entries(keys)) {
    if (key === name) return action as Action;
  }
  return null;
}

// The map with one key changed; whatever had the key before gets the one that became free.
export function withKey(keys: KeyMap, action: Action, name: string): KeyMap {
  const changed = { ...keys };
  const other = actionOf(keys, name);
  if (other) changed[other] = keys[action];
  changed[action] = name;
  return changed;
}

export function loadKeys(): KeyMap {
  try {
    const stored = JSON.parse(localStorage.getItem(storageKey) ?? '{}') as Partial<KeyMap>;
    const keys = { ...defaultKeys };
    for (const action of Object.keys(keys) as Action[]) {
      const key = stored[action];
      if (typeof key === 'string' && key) keys[action] = key;
    }
    return keys;
  } catch {
    return { ...defaultKeys };
  }
}

export function saveKeys(keys: KeyMap) {
  localStorage.setItem(storageKey, JSON.stringify(keys));
}
