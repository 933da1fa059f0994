package io.maas.backend;

import io.maas.error.BackendException;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;

/**
 * The backends on the class path, best first. The only place that looks them up.
 *
 * <p>Immutable and thread-safe.
 */
public final class Backends {
    private final List<Backend> found;

    private Backends(List<Backend> found) {
        this.found = found.stream()
                .sorted(Comparator.comparingInt(Backend::priority).reversed().thenComparing(Backend::name))
                .toList();
    }

    /** Looks for backends with the class loader that loaded this library, then with that of the calling thread. */
    public static Backends load() {
        List<Backend> found = list(Backends.class.getClassLoader());
        return new Backends(found.isEmpty() ? list(Thread.currentThread().getContextClassLoader()) : found);
    }

    /** Exactly these. */
    public static Backends of(Backend... backends) {
        return new Backends(List.of(backends));
    }

    private static List<Backend> list(@org.jspecify.annotations.Nullable ClassLoader loader) {
        return ServiceLoader.load(Backend.class, loader).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    /** All of them, best first. */
    public List<Backend> all() {
        return found;
    }

    /**
     * The best one.
     *
     * @throws BackendException if there is none
     */
    public Backend preferred() {
        if (found.isEmpty()) {
            throw missing("any");
        }
        return found.get(0);
    }

    /**
     * The one of that name.
     *
     * @throws BackendException if there is none, naming those that there are
     */
    public Backend named(String name) {
        return found.stream()
                .filter(backend -> backend.name().equals(name))
                .findFirst()
                .orElseThrow(() -> missing(name));
    }

    private BackendException missing(String name) {
        String artifact = switch (name) {
            case "nd4j" -> "io.maas:maas-backend-nd4j";
            case "onnxruntime", "any" -> "io.maas:maas-backend-onnx";
            default -> "the artifact that holds it";
        };
        return new BackendException(
                name,
                "no such backend; found: " + found.stream().map(Backend::name).toList() + "; add " + artifact
                        + " to the class path");
    }
}
