//go:build ignore

// The icon drawer: go run icons/draw.go -out icons. Each icon is a picture function over the unit square, sampled
// eight by eight per pixel, so every size is drawn anew and none is a shrunken other one.
// States differ in outline as well as in colour, so that they can be told apart without seeing colour, and follow one
// rule: red needs a person, amber passes by itself, grey and blue are nobody's trouble.
package main

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log"
	"math"
	"os"
	"path/filepath"
)

var (
	white = color.NRGBA{255, 255, 255, 255}
	none  = color.NRGBA{}
	green = color.NRGBA{0x1E, 0x8E, 0x4E, 255}
	blue  = color.NRGBA{0x1F, 0x6F, 0xD6, 255}
	slate = color.NRGBA{0x5B, 0x6B, 0x8C, 255}
	amber = color.NRGBA{0xE0, 0x9A, 0x10, 255}
	red   = color.NRGBA{0xCF, 0x2B, 0x2B, 255}
	coal  = color.NRGBA{0x4A, 0x4F, 0x57, 255}
	navy  = color.NRGBA{0x12, 0x4B, 0x6B, 255}
)

// picture gives the colour at a point of the unit square, y downwards.
type picture func(x, y float64) color.NRGBA

func main() {
	out := flag.String("out", "icons", "folder to write to")
	flag.Parse()
	states := map[string]picture{"fine": fine, "working": working, "paused": paused, "offline": offline,
		"attention": attention, "stopped": stopped}
	for name, p := range states {
		write(*out, name, p, []int{16, 20, 24, 32, 48, 64}, []int{16, 20, 24, 32, 48, 64})
	}
	write(*out, "app", app, []int{16, 32, 48, 64, 128, 256}, []int{256})
}

func write(dir, name string, p picture, ico, pngs []int) {
	for _, n := range pngs {
		save(filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, n)), encodePNG(draw(p, n)))
	}
	save(filepath.Join(dir, name+".ico"), encodeICO(p, ico))
}

func save(file string, b []byte) {
	if err := os.WriteFile(file, b, 0o644); err != nil {
		log.Fatal(err)
	}
}

func draw(p picture, n int) *image.NRGBA {
	const k = 8
	img := image.NewNRGBA(image.Rect(0, 0, n, n))
	for y := range n {
		for x := range n {
			var r, g, b, a float64
			for s := range k * k {
				c := p((float64(x)+(float64(s%k)+.5)/k)/float64(n), (float64(y)+(float64(s/k)+.5)/k)/float64(n))
				w := float64(c.A)
				r, g, b, a = r+float64(c.R)*w, g+float64(c.G)*w, b+float64(c.B)*w, a+w
			}
			if a > 0 {
				img.SetNRGBA(x, y, color.NRGBA{round(r / a), round(g / a), round(b / a), round(a / (k * k))})
			}
		}
	}
	return img
}

func round(v float64) uint8 { return uint8(math.Round(v)) }

// segment is the distance to the line piece from a to b.
func segment(x, y, ax, ay, bx, by float64) float64 {
	dx, dy := bx-ax, by-ay
	t := math.Max(0, math.Min(1, ((x-ax)*dx+(y-ay)*dy)/(dx*dx+dy*dy)))
	return math.Hypot(x-ax-t*dx, y-ay-t*dy)
}

// box is the signed distance to a rectangle with rounded corners; below zero is inside.
func box(x, y, cx, cy, halfW, halfH, corner float64) float64 {
	qx, qy := math.Abs(x-cx)-halfW+corner, math.Abs(y-cy)-halfH+corner
	return math.Hypot(math.Max(qx, 0), math.Max(qy, 0)) + math.Min(math.Max(qx, qy), 0) - corner
}

func fine(x, y float64) color.NRGBA {
	if math.Min(segment(x, y, .28, .52, .44, .67), segment(x, y, .44, .67, .73, .35)) < .07 {
		return white
	}
	if math.Hypot(x-.5, y-.5) < .47 {
		return green
	}
	return none
}

// working is two arrows that chase each other around a circle.
func working(x, y float64) color.NRGBA {
	if arrow(x, y) || arrow(1-x, 1-y) {
		return blue
	}
	return none
}

func arrow(x, y float64) bool {
	r, at := math.Hypot(x-.5, y-.5), math.Atan2(.5-y, x-.5) // at rises anticlockwise from the right
	if r > .26 && r < .42 && at > .55 && at < 2.95 {
		return true
	}
	// The head sits at the right end of the upper arc and points down.
	const tipX, tipY = .84, .60
	return y > .33 && y < tipY && math.Abs(x-tipX) < (tipY-y)*.72 && x < .999
}

func paused(x, y float64) color.NRGBA {
	if box(x, y, .36, .5, .075, .22, .03) < 0 || box(x, y, .64, .5, .075, .22, .03) < 0 {
		return white
	}
	if box(x, y, .5, .5, .43, .43, .14) < 0 {
		return slate
	}
	return none
}

// offline is a cloud that is struck through.
func offline(x, y float64) color.NRGBA {
	d := segment(x, y, .17, .12, .85, .90)
	if d < .055 {
		return amber
	}
	if d < .115 {
		return none
	}
	cloud := math.Hypot(x-.27, y-.60) < .22 || math.Hypot(x-.49, y-.43) < .27 || math.Hypot(x-.74, y-.59) < .23 ||
		box(x, y, .5, .70, .40, .12, .11) < 0
	if cloud {
		return amber
	}
	return none
}

func attention(x, y float64) color.NRGBA {
	if segment(x, y, .5, .40, .5, .62) < .058 || math.Hypot(x-.5, y-.77) < .068 {
		return white
	}
	// A triangle with round corners: all points within .06 of a smaller one.
	if inTriangle(x, y) || math.Min(math.Min(segment(x, y, .5, .12, .92, .87), segment(x, y, .92, .87, .08, .87)),
		segment(x, y, .08, .87, .5, .12)) < .07 {
		return red
	}
	return none
}

func inTriangle(x, y float64) bool {
	return y > .12 && y < .87 && math.Abs(x-.5) < (y-.12)*.56
}

func stopped(x, y float64) color.NRGBA {
	if math.Min(segment(x, y, .34, .34, .66, .66), segment(x, y, .66, .34, .34, .66)) < .065 {
		return white
	}
	ax, ay := math.Abs(x-.5), math.Abs(y-.5)
	if ax < .46 && ay < .46 && ax+ay < .655 {
		return coal
	}
	return none
}

// app is a suspension bridge: two towers that carry one road.
func app(x, y float64) color.NRGBA {
	if box(x, y, .5, .5, .48, .48, .16) > 0 {
		return none
	}
	if bridge(x, y) {
		return white
	}
	return navy
}

func bridge(x, y float64) bool {
	road := math.Abs(y-.66) < .035
	tower := math.Abs(math.Abs(x-.5)-.2) < .035 && y > .24 && y < .80
	return road || tower || cable(x, y)
}

// cable hangs between the towers in a parabola, holds the road by hangers, and runs straight down to the banks.
func cable(x, y float64) bool {
	off := math.Abs(x - .5)
	if off > .2 {
		return math.Abs(y-(.275+(off-.2)*1.35)) < .036 && y < .66
	}
	sag := .575 - 7.5*off*off
	hanger := math.Min(off, math.Abs(off-.1)) < .010 && y > sag && y < .66
	return hanger || math.Abs(y-sag) < .022+.10*off
}

func encodePNG(img image.Image) []byte {
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img); err != nil {
		log.Fatal(err)
	}
	return b.Bytes()
}

// encodeICO writes small pictures as bitmaps, which every loader of Windows knows, and those from 64 pixels on as PNG.
func encodeICO(p picture, sizes []int) []byte {
	var head, body bytes.Buffer
	put(&head, uint16(0), uint16(1), uint16(len(sizes)))
	at := 6 + 16*len(sizes)
	for _, n := range sizes {
		img := draw(p, n)
		data := encodePNG(img)
		if n < 64 {
			data = bitmap(img)
		}
		put(&head, uint8(n), uint8(n), uint16(0), uint16(1), uint16(32), uint32(len(data)), uint32(at+body.Len()))
		body.Write(data)
	}
	return append(head.Bytes(), body.Bytes()...)
}

// bitmap is a BITMAPINFOHEADER, the pixels from the bottom row up as BGRA, and an empty mask: alpha does its work.
func bitmap(img *image.NRGBA) []byte {
	n := img.Bounds().Dx()
	mask := (n + 31) / 32 * 4 * n
	var b bytes.Buffer
	put(&b, uint32(40), int32(n), int32(2*n), uint16(1), uint16(32), uint32(0), uint32(4*n*n+mask), uint64(0), uint64(0))
	for y := n - 1; y >= 0; y-- {
		for x := range n {
			c := img.NRGBAAt(x, y)
			b.Write([]byte{c.B, c.G, c.R, c.A})
		}
	}
	b.Write(make([]byte, mask))
	return b.Bytes()
}

func put(b *bytes.Buffer, values ...any) {
	for _, v := range values {
		if err := binary.Write(b, binary.LittleEndian, v); err != nil {
			log.Fatal(err)
		}
	}
}
