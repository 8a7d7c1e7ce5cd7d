// Reading matter: markup made (and escaped) in Python, its buttons, marks, zoom and copying.
const seen = new WeakMap()
export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const root = parentElement.querySelector(".root")
  const state = seen.get(parentElement) ?? { html: null, zoom: 1, at: -1, presses: 0 }
  seen.set(parentElement, state)
  root.className = "root " + (data.classes ?? "")
  if (state.html !== data.html) {
    state.html = data.html
    state.at = -1
    root.innerHTML = data.html
    // On a phone a whole page is too small to read: begin nearer, at the marked words.
    state.zoom = innerWidth < 640 && root.querySelector("mark.box") ? 1.7 : 1
    root.querySelector(".sheet")?.style.setProperty("--zoom", state.zoom)
    if (data.follow) requestAnimationFrame(() => nextMark(false))
    // What came of a press further down the page.
    requestAnimationFrame(() => root.querySelector("[data-show]")?.scrollIntoView({ block: "center" }))
  }
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches
  function nextMark(asked) {
    const marks = [...root.querySelectorAll("mark")]
    if (!marks.length) return
    const numbers = [...new Set(marks.map((mark) => mark.dataset.mark))].sort((a, b) => a - b)
    state.at = (state.at + 1) % numbers.length
    const now = marks.filter((mark) => mark.dataset.mark === numbers[state.at])
    marks.forEach((mark) => mark.classList.toggle("now", asked && now.includes(mark)))
    const image = root.querySelector("img")
    const go = () => {
      const sheet = root.querySelector(".sheet")
      now[0].scrollIntoView({ block: "center", inline: "nearest", behavior: calm || !asked ? "auto" : "smooth" })
      if (sheet) sheet.scrollLeft = Math.max(0, now[0].offsetLeft - 12)
    }
    if (image && !image.complete) image.addEventListener("load", go, { once: true })
    else go()
  }
  function zoom(by) {
    state.zoom = Math.min(4, Math.max(1, state.zoom * by))
    root.querySelector(".sheet")?.style.setProperty("--zoom", state.zoom)
  }
  const local = { "next-mark": () => nextMark(true), "zoom-in": () => zoom(1.25), "zoom-out": () => zoom(0.8) }
  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy)
    } catch {
      const area = document.createElement("textarea")
      area.value = button.dataset.copy
      document.body.append(area)
      area.select()
      document.execCommand("copy")
      area.remove()
    }
    const words = button.textContent
    button.textContent = button.dataset.copied
    setTimeout(() => (button.textContent = words), 1500)
  }
  root.onclick = (event) => {
    const button = event.target.closest("button")
    if (!button || button.disabled) return
    if (button.dataset.copy !== undefined) copy(button)
    else if (button.dataset.local) local[button.dataset.local]?.()
    else if (button.dataset.act) {
      state.presses += 1
      setTriggerValue("act", { act: button.dataset.act, value: button.dataset.value ?? "", press: state.presses })
    }
  }
  root.onkeydown = (event) => {
    if (event.target.closest("button, a, summary") && event.key === "Enter") return
    if (data.follow && event.key === "ArrowRight") nextMark(true)
  }
}
