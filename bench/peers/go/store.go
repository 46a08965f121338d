package main

import (
	"context"
	"errors"
	"strings"
)

const (
	statusActive = 1
	statusUsed   = 2
)

var (
	errNotFound  = errors.New("there is no such code")
	errNotUsable = errors.New("the code is not active")
)

// Key is a row of serial_key.
type Key struct {
	Code      string
	Campaign  string
	CreatedAt int64
	Revision  int64
}

// Store redeems codes. Use returns errNotFound or errNotUsable if it changed nothing.
type Store interface {
	Prepare(ctx context.Context, namespace, campaign string, codes []string) error
	Use(ctx context.Context, namespace, code, player string, now int64) (Key, error)
	Close()
}

// The tables are the same in both databases. The index serves the list of a player's redemptions, as redeemd's does.
const schema = `
CREATE TABLE serial_key (
  namespace TEXT NOT NULL, code TEXT NOT NULL, campaign TEXT NOT NULL, status SMALLINT NOT NULL,
  used_user_id TEXT, created_at BIGINT NOT NULL, used_at BIGINT, updated_at BIGINT NOT NULL, revision BIGINT NOT NULL,
  PRIMARY KEY (namespace, code));
CREATE INDEX serial_key_by_user ON serial_key (namespace, used_user_id) WHERE used_user_id IS NOT NULL;
CREATE TABLE event (
  id INTEGER_KEY, namespace TEXT NOT NULL, kind TEXT NOT NULL, user_id TEXT NOT NULL, campaign TEXT NOT NULL,
  revision BIGINT NOT NULL, at BIGINT NOT NULL);
`

func openStore(ctx context.Context, url string, events bool) (Store, error) {
	if path, found := strings.CutPrefix(url, "sqlite:"); found {
		return openSQLite(path, events)
	}
	return openPostgres(ctx, url, events)
}

// schemaWith returns the schema with the type of a key that the database assigns.
func schemaWith(integerKey string) string {
	return strings.Replace(schema, "INTEGER_KEY", integerKey, 1)
}
