package sim

import (
	"net/http"
	"strings"
)

// Trouble is a fault of the platform below WooCommerce; it answers in HTML, before any sign-in (golden 664, 665, 704).
type Trouble int

// The troubles a shop can have.
const (
	Healthy      Trouble = iota
	Maintenance          // WordPress updates itself: 503 with Retry-After 600
	DatabaseDown         // 500
	PHPDown              // the web server alone answers: 502
)

// SetTrouble switches a fault of the platform on, or off with Healthy.
func (s *Server) SetTrouble(t Trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = t
}

// SetPlainPermalinks switches the permalink structure to "Plain": /wp-json then answers 301 (golden 711).
func (s *Server) SetPlainPermalinks(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plain = on
}

// platform answers what WordPress or the web server answer before the REST interface is asked.
func (s *Server) platform(w http.ResponseWriter, r *http.Request) bool {
	switch s.trouble {
	case Healthy:
	case Maintenance:
		w.Header().Set("Retry-After", "600")
		htmlPage(w, http.StatusServiceUnavailable, "Maintenance",
			"Briefly unavailable for scheduled maintenance. Check back in a minute.")
		return true
	case DatabaseDown:
		htmlPage(w, http.StatusInternalServerError, "Database Error",
			"<h1>Error establishing a database connection</h1>")
		return true
	case PHPDown:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n" +
			"<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"))
		return true
	}
	if r.URL.Path != restRoot && !strings.HasPrefix(r.URL.Path, restRoot+"/") && !r.URL.Query().Has("rest_route") {
		htmlPage(w, http.StatusNotFound, "Page not found", "<p>It looks like nothing was found at this location.</p>")
		return true
	}
	if s.plain && strings.HasPrefix(r.URL.Path, restRoot) {
		if strings.HasSuffix(r.URL.Path, "/") {
			htmlPage(w, http.StatusNotFound, "Page not found", "<p>It looks like nothing was found at this location.</p>")
			return true
		}
		to := base(r) + r.URL.Path + "/"
		if r.URL.RawQuery != "" {
			to += "?" + r.URL.RawQuery
		}
		w.Header().Set("Location", to)
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		w.WriteHeader(http.StatusMovedPermanently)
		return true
	}
	return false
}

// htmlPage answers as WordPress' own error page does.
func htmlPage(w http.ResponseWriter, status int, title, body string) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte("<!DOCTYPE html>\n<html dir='ltr'>\n<head>\n\t<title>" + title +
		"</title>\n</head>\n<body id=\"error-page\">\n\t<div class=\"wp-die-message\">" + body + "</div></body>\n</html>\n"))
}
