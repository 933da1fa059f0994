package io.maas.adapter;

/**
 * Which adapter suits which version of a model. Versions that declare the same get the same adapter.
 *
 * <p>Implementations are thread-safe.
 */
interface AdapterSource<I, O> {
    /** The adapter for the version that answers now. */
    Adapter<I, O> current();

    /** The adapter for a version. */
    Adapter<I, O> of(int version);

    /** Whether all versions get the same adapter, whatever they declare. */
    boolean isFixed();

    /** One adapter for all versions. */
    static <I, O> AdapterSource<I, O> fixed(Adapter<I, O> adapter) {
        return new AdapterSource<>() {
            @Override
            public Adapter<I, O> current() {
                return adapter;
            }

            @Override
            public Adapter<I, O> of(int version) {
                return adapter;
            }

            @Override
            public boolean isFixed() {
                return true;
            }
        };
    }
}
