package main

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const connectionsMax = 10 // redeemd's default

const useText = `
UPDATE serial_key SET status = 2, used_user_id = $3, used_at = $4, updated_at = $4, revision = revision + 1
 WHERE namespace = $1 AND code = $2 AND status = 1
RETURNING campaign, created_at, revision`

// One statement is one round trip and one transaction.
const useWithEventText = `
WITH used AS (` + useText + `), recorded AS (
  INSERT INTO event (namespace, kind, user_id, campaign, revision, at)
  SELECT $1, 'USED', $3, campaign, revision, $4 FROM used)
SELECT campaign, created_at, revision FROM used`

type postgresStore struct {
	pool *pgxpool.Pool
	use  string
}

func openPostgres(ctx context.Context, url string, events bool) (*postgresStore, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = connectionsMax
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	use := useText
	if events {
		use = useWithEventText
	}
	return &postgresStore{pool: pool, use: use}, nil
}

func (s *postgresStore) Prepare(ctx context.Context, namespace, campaign string, codes []string) error {
	if _, err := s.pool.Exec(ctx, schemaWith("BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY")); err != nil {
		return err
	}
	now := time.Now().UnixMilli()
	columns := []string{"namespace", "code", "campaign", "status", "created_at", "updated_at", "revision"}
	_, err := s.pool.CopyFrom(ctx, pgx.Identifier{"serial_key"}, columns,
		pgx.CopyFromSlice(len(codes), func(i int) ([]any, error) {
			return []any{namespace, codes[i], campaign, int16(statusActive), now, now, int64(0)}, nil
		}))
	if err != nil {
		return err
	}
	_, err = s.pool.Exec(ctx, "VACUUM ANALYZE serial_key")
	return err
}

func (s *postgresStore) Use(ctx context.Context, namespace, code, player string, now int64) (Key, error) {
	key := Key{Code: code}
	err := s.pool.QueryRow(ctx, s.use, namespace, code, player, now).Scan(&key.Campaign, &key.CreatedAt, &key.Revision)
	if errors.Is(err, pgx.ErrNoRows) {
		return key, s.refusal(ctx, namespace, code)
	}
	return key, err
}

// refusal returns why a code was not used.
func (s *postgresStore) refusal(ctx context.Context, namespace, code string) error {
	var status int16
	const text = "SELECT status FROM serial_key WHERE namespace = $1 AND code = $2"
	err := s.pool.QueryRow(ctx, text, namespace, code).Scan(&status)
	if errors.Is(err, pgx.ErrNoRows) {
		return errNotFound
	}
	if err != nil {
		return err
	}
	return errNotUsable
}

func (s *postgresStore) Close() { s.pool.Close() }
