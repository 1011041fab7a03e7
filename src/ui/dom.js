// SPDX-License-Identifier: Apache-2.0
// Elements without a framework. Text is always set as text, never as HTML.

/** el('p', {class: 'x'}, 'text', node): an element; null and '' children are left out. */
export function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== '') node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== null && child !== ''));
  return node;
}

export const byId = (id) => document.getElementById(id);
