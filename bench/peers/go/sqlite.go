package main

import (
	"context"
	"database/sql"
	"errors"
	"time"

	_ "github.com/mattn/go-sqlite3"
)

const (
	waitingMax = 2000 // calls that wait for the writer
	batchMax   = 256  // calls in a transaction
)

const (
	useSQLite = `
UPDATE serial_key SET status = 2, used_user_id = ?3, used_at = ?4, updated_at = ?4, revision = revision + 1
 WHERE namespace = ?1 AND code = ?2 AND status = 1
RETURNING campaign, created_at, revision`
	recordSQLite = `
INSERT INTO event (namespace, kind, user_id, campaign, revision, at) VALUES (?1, 'USED', ?2, ?3, ?4, ?5)`
	statusSQLite = `SELECT status FROM serial_key WHERE namespace = ?1 AND code = ?2`
)

// sqliteStore has one goroutine that writes: it runs all waiting calls in one transaction, so that they share an fsync.
type sqliteStore struct {
	database            *sql.DB
	use, record, status *sql.Stmt
	events              bool
	waiting             chan *unit
	done                chan struct{}
}

type unit struct {
	namespace, code, player string
	now                     int64
	key                     Key
	err                     error
	finished                chan struct{}
}

func openSQLite(path string, events bool) (*sqliteStore, error) {
	database, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	database.SetMaxOpenConns(1)
	s := &sqliteStore{
		database: database,
		events:   events,
		waiting:  make(chan *unit, waitingMax),
		done:     make(chan struct{}),
	}
	go s.write()
	return s, nil
}

func (s *sqliteStore) Prepare(ctx context.Context, namespace, campaign string, codes []string) error {
	if _, err := s.database.ExecContext(ctx, schemaWith("INTEGER PRIMARY KEY")); err != nil {
		return err
	}
	tx, err := s.database.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	now := time.Now().UnixMilli()
	for _, code := range codes {
		_, err := tx.ExecContext(ctx, `INSERT INTO serial_key VALUES (?1, ?2, ?3, 1, NULL, ?4, NULL, ?4, 0)`,
			namespace, code, campaign, now)
		if err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (s *sqliteStore) Use(ctx context.Context, namespace, code, player string, now int64) (Key, error) {
	u := &unit{namespace: namespace, code: code, player: player, now: now, finished: make(chan struct{})}
	select {
	case s.waiting <- u:
	case <-ctx.Done():
		return Key{}, ctx.Err()
	}
	<-u.finished // what may be committing is not abandoned
	return u.key, u.err
}

// write runs batches until the store is closed.
func (s *sqliteStore) write() {
	defer close(s.done)
	for first := range s.waiting {
		batch := []*unit{first}
		for len(batch) < batchMax && len(s.waiting) > 0 {
			batch = append(batch, <-s.waiting)
		}
		if err := s.commit(batch); err != nil {
			for _, u := range batch {
				u.err = err
			}
		}
		for _, u := range batch {
			close(u.finished)
		}
	}
}

func (s *sqliteStore) commit(batch []*unit) error {
	if err := s.prepareStatements(); err != nil {
		return err
	}
	tx, err := s.database.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	use, record, status := tx.Stmt(s.use), tx.Stmt(s.record), tx.Stmt(s.status)
	for _, u := range batch {
		if err := s.redeem(u, use, record, status); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// redeem leaves a refusal in the unit, and returns errors of the database.
func (s *sqliteStore) redeem(u *unit, use, record, status *sql.Stmt) error {
	u.key.Code = u.code
	err := use.QueryRow(u.namespace, u.code, u.player, u.now).Scan(&u.key.Campaign, &u.key.CreatedAt, &u.key.Revision)
	if errors.Is(err, sql.ErrNoRows) {
		u.err = errNotUsable
		var found int
		if err := status.QueryRow(u.namespace, u.code).Scan(&found); errors.Is(err, sql.ErrNoRows) {
			u.err = errNotFound
		} else if err != nil {
			return err
		}
		return nil
	}
	if err == nil && s.events {
		_, err = record.Exec(u.namespace, u.player, u.key.Campaign, u.key.Revision, u.now)
	}
	return err
}

// prepareStatements prepares them at the first batch: before, there may be no tables.
func (s *sqliteStore) prepareStatements() error {
	if s.use != nil {
		return nil
	}
	var err error
	for _, statement := range []struct {
		into **sql.Stmt
		text string
	}{{&s.record, recordSQLite}, {&s.status, statusSQLite}, {&s.use, useSQLite}} {
		if *statement.into, err = s.database.Prepare(statement.text); err != nil {
			return err
		}
	}
	return nil
}

func (s *sqliteStore) Close() {
	close(s.waiting)
	<-s.done
	s.database.Close()
}
