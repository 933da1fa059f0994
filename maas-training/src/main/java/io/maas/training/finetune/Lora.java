package io.maas.training.finetune;

import io.maas.error.Require;
import java.util.List;

/**
 * Low-rank adapters: beside {@code y = x·W} of a frozen weight {@code W [in, out]} runs {@code (alpha / rank)·(x·A)·B} with {@code A
 * [in, rank]} and {@code B [rank, out]}, which learn. {@code A} starts normal with mean 0 and variance {@code 1 / in}, {@code B} as
 * zeros, so that training starts from the model as it is. The weights and moments that a step keeps shrink by {@code in·out / (rank
 * · (in + out))}.
 *
 * <p>Immutable and thread-safe.
 *
 * @param rank {@code > 0}
 * @param alpha the scale of the adapters, {@code > 0}
 * @param patterns the weights that get one: those of {@code MatMul} and {@code Gemm} that match, as in {@link FineTune#freeze}
 * @param merged whether the result has the adapters added into its weights, and so the speed and size of the model it came from; or
 *     keeps them as nodes of their own
 * @see "Hu et al., LoRA: Low-rank adaptation of large language models (2022), section 4.1"
 */
public record Lora(int rank, double alpha, List<String> patterns, boolean merged) {
    public Lora {
        Require.positive(rank, "rank");
        Require.positive(alpha, "alpha");
        patterns = List.copyOf(patterns);
        Require.that(!patterns.isEmpty(), "patterns", "none", "at least one, such as *query*");
    }

    /** Adapters of this rank on the weights that match one of the patterns; alpha is twice the rank, the result is merged. */
    public static Lora of(int rank, String... patterns) {
        return new Lora(rank, 2.0 * rank, List.of(patterns), true);
    }

    public Lora withAlpha(double other) {
        return new Lora(rank, other, patterns, merged);
    }

    /** With the adapters as nodes of their own in the result. */
    public Lora keptApart() {
        return new Lora(rank, alpha, patterns, false);
    }

    double scale() {
        return alpha / rank;
    }
}
