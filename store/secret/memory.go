package secret

import (
	"context"
	"maps"
	"slices"
	"sync"

	"stockbridge/sync/settings"
)

// memory is a keychain that ends with the process.
type memory struct {
	mu   sync.Mutex
	held map[Name]settings.Secret
}

// Memory returns an empty keychain in memory, for the demo's throw-away secrets.
func Memory() Keychain { return &memory{held: map[Name]settings.Secret{}} }

func (m *memory) Place() string { return "memory" }

func (m *memory) Get(_ context.Context, n Name) (settings.Secret, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.held[n], n.check()
}

func (m *memory) Set(_ context.Context, n Name, s settings.Secret) error {
	if err := checkSecret(n, s); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held[n] = s
	return nil
}

func (m *memory) Delete(_ context.Context, n Name) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.held, n)
	return n.check()
}

func (m *memory) Names(context.Context) ([]Name, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.SortedFunc(maps.Keys(m.held), Name.Compare), nil
}
