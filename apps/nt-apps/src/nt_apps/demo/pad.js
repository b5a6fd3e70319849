// A board to draw on: white on black, as data sets of digits are. A finished stroke is the value.
const board = element.querySelector("canvas");
const pen = board.getContext("2d");
let at = null;
function wipe() { pen.fillStyle = "black"; pen.fillRect(0, 0, board.width, board.height); }
function place(event) {
  const box = board.getBoundingClientRect();
  return [(event.clientX - box.left) * board.width / box.width,
          (event.clientY - box.top) * board.height / box.height];
}
function stroke(to) {
  pen.strokeStyle = "white"; pen.lineWidth = board.width / 11; pen.lineCap = pen.lineJoin = "round";
  pen.beginPath(); pen.moveTo(...at); pen.lineTo(...to); pen.stroke();
  at = to;
}
wipe();
board.addEventListener("pointerdown", event => {
  board.setPointerCapture(event.pointerId);
  at = place(event);
  stroke(at);
});
board.addEventListener("pointermove", event => { if (at) stroke(place(event)); });
function done() {
  if (!at) return;
  at = null;
  props.value = board.toDataURL("image/png");
  trigger("select");
}
board.addEventListener("pointerup", done);
board.addEventListener("pointercancel", done);
element.querySelector("[data-wipe]").addEventListener("click", () => { wipe(); props.value = ""; trigger("clear"); });
