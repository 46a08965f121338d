package main

import (
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"
	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	tokensMax    = 10_000 // verified tokens that are kept
	tokenSeconds = 60 * 60
	issuer       = "peer"
	audience     = "access token"
)

var errExpired = errors.New("the token has expired")

// tokens issues and verifies access tokens: JSON Web Tokens signed with HS256, as those of redeemd are. A token that was
// verified once is only checked for expiry.
type tokens struct {
	key      []byte
	parser   *jwt.Parser
	verified *lru.Cache[string, player]
}

type player struct {
	id        string
	expiresAt time.Time
}

func newTokens(key []byte) (*tokens, error) {
	verified, err := lru.New[string, player](tokensMax)
	if err != nil {
		return nil, err
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithAudience(audience), jwt.WithIssuer(issuer),
		jwt.WithExpirationRequired())
	return &tokens{key: key, parser: parser, verified: verified}, nil
}

func (t *tokens) issue(id string) (string, error) {
	claims := jwt.RegisteredClaims{
		Issuer:    issuer,
		Audience:  jwt.ClaimStrings{audience},
		Subject:   id,
		ExpiresAt: jwt.NewNumericDate(time.Now().Add(tokenSeconds * time.Second)),
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(t.key)
}

// read returns the player of a token.
func (t *tokens) read(text string) (string, error) {
	found, known := t.verified.Get(text)
	if !known {
		var claims jwt.RegisteredClaims
		_, err := t.parser.ParseWithClaims(text, &claims, func(*jwt.Token) (any, error) { return t.key, nil })
		if err != nil {
			return "", err
		}
		found = player{claims.Subject, claims.ExpiresAt.Time}
		t.verified.Add(text, found)
	}
	if !time.Now().Before(found.expiresAt) {
		return "", errExpired
	}
	return found.id, nil
}
