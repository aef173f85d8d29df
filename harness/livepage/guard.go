package livepage

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// policy lets the page load its own style, script and icon, hear its own events and send its own form, and no more: a
// hole in the escaping of what peers send would run nothing.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'"

// guarded lets only those through who know the token, and who asked for this page by its address: a name that leads here
// may be an attacker's (DNS rebinding).
func (p *Page) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "no-referrer") // the address has the token in it
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if !p.addressed(r.Host) {
			http.Error(w, "this page is not served under that name", http.StatusMisdirectedRequest)
			return
		}
		token, _, below := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		switch {
		case subtle.ConstantTimeCompare([]byte(token), []byte(p.token)) != 1:
			http.NotFound(w, r)
		case !below:
			http.Redirect(w, r, "/"+p.token+"/", http.StatusMovedPermanently)
		default:
			http.StripPrefix("/"+p.token, next).ServeHTTP(w, r)
		}
	})
}

// addressed reports whether a Host header names the page's own address, or the loopback that it is on. The port may be
// another: that of a tunnel.
func (p *Page) addressed(host string) bool {
	name := host
	if split, _, err := net.SplitHostPort(host); err == nil {
		name = split
	}
	if strings.EqualFold(name, "localhost") {
		return p.at.Addr().IsLoopback()
	}
	at, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil && (at == p.at.Addr() || at.IsLoopback() && p.at.Addr().IsLoopback())
}

// sameOrigin reports whether a request comes from the page itself. Browsers say so in Sec-Fetch-Site wherever they trust
// the connection, which they do on loopback, and else in Origin. A form of a page without referrers has the origin null
// (https://fetch.spec.whatwg.org/#append-a-request-origin-header); then the token in the address is what counts. So
// it is for programs, which send neither.
func sameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	origin := r.Header.Get("Origin")
	if origin == "" || origin == "null" {
		return true
	}
	from, err := url.Parse(origin)
	return err == nil && from.Scheme == "http" && from.Host == r.Host
}
