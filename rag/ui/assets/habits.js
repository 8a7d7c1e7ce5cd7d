// What people's fingers know, on the whole page.
export default function (component) {
  const { data, setTriggerValue } = component
  const field = () => document.querySelector('[data-testid="stChatInputTextArea"]') ??
    document.querySelector(".st-key-search input")
  const fill = (area, words) => {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(area, words)
    area.dispatchEvent(new Event("input", { bubbles: true }))
    area.setSelectionRange(words.length, words.length)
  }
  const typing = (event) => {
    const target = event.composedPath()[0]
    return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  }
  const onKey = (event) => {
    const area = field()
    if (event.key === "Escape" && data.open && !document.querySelector('[role="dialog"]')) {
      setTriggerValue("close", Date.now())
    } else if (event.key === "/" && !typing(event) && !event.ctrlKey && !event.metaKey && area) {
      event.preventDefault()
      area.focus()
    } else if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      const search = document.querySelector(".st-key-search input")
      if (search) search.focus()
      else setTriggerValue("search", Date.now())
    } else if (event.key === "ArrowUp" && data.last && area?.tagName === "TEXTAREA" && event.composedPath()[0] === area &&
        area.value === "") {
      event.preventDefault()
      fill(area, data.last)
    }
  }
  const copied = (files) => {
    const kept = new DataTransfer()
    for (const file of files) kept.items.add(file)
    return kept.files
  }
  const hand = (input, files) => {
    input.files = files
    input.dispatchEvent(new Event("change", { bubbles: true }))
  }
  const onDrag = (event) => { if (event.dataTransfer?.types.includes("Files")) event.preventDefault() }
  const onDrop = (event) => {
    const input = document.querySelector('[data-testid="stFileUploaderDropzoneInput"]')
    if (!event.dataTransfer?.files.length) return
    // A browser opens what is dropped on a page that does not take it, and the conversation would be gone.
    event.preventDefault()
    if (!input) {
      // The library's page takes them in: going there loads nothing anew, so that they are still at hand.
      window.__kitabuDropped = copied(event.dataTransfer.files)
      setTriggerValue("search", Date.now())
      return
    }
    if (event.composedPath().some((node) => node.dataset?.testid === "stFileUploaderDropzone")) return
    hand(input, copied(event.dataTransfer.files))
  }
  // What was dropped on a page without a place for it, once there is one.
  const takeIn = (tries) => {
    if (!window.__kitabuDropped) return
    const input = document.querySelector('[data-testid="stFileUploaderDropzoneInput"]')
    if (input) {
      hand(input, window.__kitabuDropped)
      window.__kitabuDropped = undefined
    } else if (tries) setTimeout(() => takeIn(tries - 1), 100)
  }
  // Without its server the page can ask nobody: what the frontend says then is about itself and the internet.
  const inOurWords = () => {
    const dialog = document.querySelector('[role="dialog"]')
    if (!dialog?.textContent.includes("Streamlit server is not responding")) return
    const texts = document.createTreeWalker(dialog, NodeFilter.SHOW_TEXT)
    const said = [...data.gone]
    while (texts.nextNode()) if (texts.currentNode.data.trim() && said.length) texts.currentNode.data = said.shift()
  }
  const dialogs = new MutationObserver(inOurWords)
  dialogs.observe(document.body, { childList: true, subtree: true })
  if (data.takes) takeIn(50)
  if (window.__kitabuBusy && !data.busy && matchMedia("(hover: hover)").matches) {
    setTimeout(() => { if (document.activeElement === document.body) field()?.focus({ preventScroll: true }) }, 200)
  }
  window.__kitabuBusy = data.busy
  const held = window.__kitabuKeys
  if (held) held()
  document.addEventListener("keydown", onKey)
  document.addEventListener("dragover", onDrag)
  document.addEventListener("drop", onDrop)
  window.__kitabuKeys = () => {
    dialogs.disconnect()
    document.removeEventListener("keydown", onKey)
    document.removeEventListener("dragover", onDrag)
    document.removeEventListener("drop", onDrop)
  }
  const style = getComputedStyle(component.parentElement.host ?? component.parentElement)
  for (const [ours, theirs] of [["paper", "background-color"], ["line", "border-color"]]) {
    document.documentElement.style.setProperty(`--kitabu-${ours}`, style.getPropertyValue(`--st-${theirs}`))
  }
  document.documentElement.lang = data.language
  document.documentElement.dir = data.direction
  if (data.title) document.title = data.title
  return () => window.__kitabuKeys?.()
}
