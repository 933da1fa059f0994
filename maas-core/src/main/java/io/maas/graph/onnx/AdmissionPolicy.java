package io.maas.graph.onnx;

import com.google.common.collect.ImmutableSet;
import io.maas.error.Require;
import java.util.Set;

/**
 * What a host lets in, beside what is never let in. Each limit is the most that is allowed.
 *
 * <p>Immutable and thread-safe.
 *
 * @param modelBytes of all values of a model, those in files beside it included
 * @param nodes of the whole model, with functions written out where they are called
 * @param depth of subgraphs inside of subgraphs; at most 16
 * @param rank axes of a tensor; at most 16
 * @param constantBytes of all values together that an engine computes from constants when it loads the model, estimated
 * @param loopSteps nodes that loops run whose number of rounds is fixed
 * @param functions that the model defines
 * @param opsetImports of the model, and of each of its functions
 * @param nameLength characters of names
 * @param textBytes of one text among the values
 * @param domains whose operators may occur; {@code ""} is ONNX's own
 */
public record AdmissionPolicy(
        long modelBytes,
        long nodes,
        int depth,
        int rank,
        long constantBytes,
        long loopSteps,
        int functions,
        int opsetImports,
        int nameLength,
        long textBytes,
        Set<String> domains) {
    /** As deep and as wide as anything here goes. */
    private static final int MOST = 16;

    /** Of ONNX, and of what ONNX Runtime brings and writes when it optimizes. */
    private static final ImmutableSet<String> DOMAINS = ImmutableSet.of(
            "",
            "ai.onnx.ml",
            "ai.onnx.training",
            "ai.onnx.preview.training",
            "com.microsoft",
            "com.microsoft.nchwc",
            "com.ms.internal.nhwc");

    /** Stands for all domains, where operators are read and not run. */
    private static final String ANY = "*";

    /** What no host can let in is left to be refused. */
    static final AdmissionPolicy STRUCTURE = new AdmissionPolicy(
            Long.MAX_VALUE,
            ModelParts.MAX_NODES,
            MOST,
            MOST,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            Integer.MAX_VALUE,
            Integer.MAX_VALUE,
            Integer.MAX_VALUE,
            Long.MAX_VALUE,
            Set.of(ANY));

    public AdmissionPolicy {
        Require.positive(modelBytes, "modelBytes");
        Require.positive(nodes, "nodes");
        Require.that(depth >= 0 && depth <= MOST, "depth", depth, "0 <= depth <= " + MOST);
        Require.that(rank >= 0 && rank <= MOST, "rank", rank, "0 <= rank <= " + MOST);
        Require.positive(constantBytes, "constantBytes");
        Require.positive(loopSteps, "loopSteps");
        Require.that(functions >= 0, "functions", functions, "functions >= 0");
        Require.positive(opsetImports, "opsetImports");
        Require.positive(nameLength, "nameLength");
        Require.positive(textBytes, "textBytes");
        domains = ImmutableSet.copyOf(domains);
    }

    /**
     * 16 GiB of values, a million nodes, 16 deep, 8 axes, 1 GiB of computed constants, 10⁹ steps of loops, 10,000 functions, 64 operator
     * sets, names of 4,096 characters, texts of 16 MiB; the domains of ONNX and ONNX Runtime.
     */
    public static AdmissionPolicy defaults() {
        return new AdmissionPolicy(
                16L << 30,
                ModelParts.MAX_NODES,
                MOST,
                8,
                1L << 30,
                1_000_000_000,
                10_000,
                64,
                4096,
                16L << 20,
                DOMAINS);
    }

    /** With operators of one more domain; an engine that is to run them has to know them. */
    public AdmissionPolicy withDomain(String domain) {
        return withDomains(
                ImmutableSet.<String>builder().addAll(domains).add(domain).build());
    }

    /** With operators of these domains only. */
    public AdmissionPolicy withDomains(Set<String> others) {
        return new AdmissionPolicy(
                modelBytes,
                nodes,
                depth,
                rank,
                constantBytes,
                loopSteps,
                functions,
                opsetImports,
                nameLength,
                textBytes,
                others);
    }

    public AdmissionPolicy withModelBytes(long bytes) {
        return new AdmissionPolicy(
                bytes,
                nodes,
                depth,
                rank,
                constantBytes,
                loopSteps,
                functions,
                opsetImports,
                nameLength,
                textBytes,
                domains);
    }

    public AdmissionPolicy withConstantBytes(long bytes) {
        return new AdmissionPolicy(
                modelBytes,
                nodes,
                depth,
                rank,
                bytes,
                loopSteps,
                functions,
                opsetImports,
                nameLength,
                textBytes,
                domains);
    }

    boolean allows(String domain) {
        return domains.contains(domain) || domains.contains(ANY);
    }
}
