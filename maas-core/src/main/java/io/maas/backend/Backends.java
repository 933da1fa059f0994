package io.maas.backend;

import com.google.common.base.Ascii;
import io.maas.error.BackendException;
import io.maas.error.Require;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The backends on the class path, best first. The only place that looks them up.
 *
 * <p>Immutable and thread-safe.
 */
public final class Backends {
    private final List<Backend> found;
    private final List<BackendException> failures;

    private Backends(List<Backend> found, List<BackendException> failures) {
        this.failures = List.copyOf(failures);
        this.found = found.stream()
                .sorted(Comparator.comparingInt(Backend::priority).reversed().thenComparing(Backend::name))
                .toList();
    }

    /**
     * Looks for backends with the class loader that loaded this library, then with that of the calling thread. One that cannot be made
     * is left out; {@link #failures} says why.
     */
    public static Backends load() {
        Backends found = load(Backends.class.getClassLoader());
        return found.all().isEmpty() && found.failures().isEmpty()
                ? load(Thread.currentThread().getContextClassLoader())
                : found;
    }

    static Backends load(@Nullable ClassLoader loader) {
        List<BackendException> failures = new ArrayList<>();
        return new Backends(BackendDiscovery.in(loader).make(failures), failures);
    }

    /** Exactly these. */
    public static Backends of(Backend... backends) {
        return new Backends(List.of(backends), List.of());
    }

    /** All of them, best first. */
    public List<Backend> all() {
        return found;
    }

    /** Why backends on the class path are not among these, each named by its class. */
    public List<BackendException> failures() {
        return failures;
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
     * @throws IllegalArgumentException if there is none, naming those that there are
     * @throws BackendException if it is on the class path and could not be made
     */
    public Backend named(String name) {
        return found.stream()
                .filter(backend -> backend.name().equals(name))
                .findFirst()
                .orElseThrow(() -> missing(name));
    }

    /** Who asks for a name that there is not is told so; one that is broken is no fault of who asks. */
    private RuntimeException missing(String name) {
        String found =
                "no such backend; found: " + all().stream().map(Backend::name).toList();
        BackendException broken = failures.stream()
                .filter(failure -> name.equals("any")
                        || Ascii.toLowerCase(failure.backend()).contains(name))
                .findFirst()
                .orElse(null);
        if (broken != null) {
            return new BackendException(name, found + "; " + broken.getMessage(), broken.getCause());
        }
        String artifact = switch (name) {
            case "nd4j" -> "io.maas:maas-backend-nd4j";
            case "onnxruntime", "any" -> "io.maas:maas-backend-onnx";
            default -> "the artifact that holds it";
        };
        String others = failures.isEmpty()
                ? ""
                : "; not to be made: "
                        + failures.stream().map(BackendException::backend).toList();
        String message = found + others + "; add " + artifact + " to the class path";
        return name.equals("any")
                ? new BackendException(name, message)
                : new IllegalArgumentException("backend " + Require.quote(name) + ": " + message);
    }
}
