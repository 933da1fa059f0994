package io.maas.training.loop;

import io.maas.backend.Backend;
import io.maas.backend.DebuggingBackend;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.BackendException;
import io.maas.error.NonFiniteException;
import io.maas.graph.Graph;
import io.maas.tensor.Tensors;
import org.jspecify.annotations.Nullable;

/** Looks for the first number that is not finite. */
final class NonFinite {
    private NonFinite() {}

    /**
     * Runs a graph once, looking at every value.
     *
     * @return what made the first one, in words; null if all are finite, or if the engine cannot show them
     */
    static @Nullable String find(Backend backend, Graph graph, ProgramOptions options, Tensors inputs) {
        try (Program program = new DebuggingBackend(backend).compile(graph, options)) {
            program.run(inputs);
            return null;
        } catch (NonFiniteException e) {
            return e.getMessage();
        } catch (BackendException e) {
            return null; // What failed before is what the caller is to hear of.
        }
    }
}
