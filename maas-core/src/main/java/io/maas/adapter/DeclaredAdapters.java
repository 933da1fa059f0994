package io.maas.adapter;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import io.maas.registry.ModelRegistry;
import io.maas.registry.Version;
import java.util.function.IntSupplier;

/**
 * The adapters of a model's versions, by what each of them declares in the registry.
 *
 * <p>Thread-safe.
 */
final class DeclaredAdapters<I, O> implements AdapterSource<I, O> {
    private static final int KEPT = 8;

    private final ModelRegistry registry;
    private final Adapters adapters;
    private final String model;
    private final IntSupplier answering;
    private final Class<I> input;
    private final Class<O> output;
    private final Cache<Integer, Adapter<I, O>> byVersion =
            CacheBuilder.newBuilder().maximumSize(KEPT).build();

    /** @param answering the version that answers now */
    DeclaredAdapters(
            ModelRegistry registry,
            Adapters adapters,
            String model,
            IntSupplier answering,
            Class<I> input,
            Class<O> output) {
        this.registry = registry;
        this.adapters = adapters;
        this.model = model;
        this.answering = answering;
        this.input = input;
        this.output = output;
    }

    @Override
    public Adapter<I, O> current() {
        return of(answering.getAsInt());
    }

    @Override
    public Adapter<I, O> of(int version) {
        Adapter<I, O> known = byVersion.getIfPresent(version);
        if (known != null) {
            return known;
        }
        Version found = registry.version(model, version);
        Adapter<I, O> adapter = adapters.find(found.title(), registry.load(found), input, output);
        byVersion.put(version, adapter);
        return adapter;
    }

    @Override
    public boolean isFixed() {
        return false;
    }
}
