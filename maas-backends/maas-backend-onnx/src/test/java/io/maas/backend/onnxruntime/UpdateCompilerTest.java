package io.maas.backend.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.graph.Op;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UpdateCompilerTest {
    private static final List<Op> OPS = List.of(
            Op.ABS, Op.ADD, Op.DIV, Op.IDENTITY, Op.MAX, Op.MIN, Op.MUL, Op.NEG, Op.RECIPROCAL, Op.SQRT, Op.SUB);
    private static final int COUNT = 77;

    /** Each formula element by element with {@link Update#compute}, to the last bit; NaN, zeros and infinities included. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19})
    void computesWhatTheFormulaSays(int seed) {
        Random random = new Random(seed);
        UpdateFormula formula = random(random);
        float[][] tensors = new float
                [formula.tensors() + formula.results().size() + formula.sums().size()][COUNT + 3];
        for (int i = 0; i < formula.tensors(); i++) {
            for (int j = 0; j < COUNT; j++) {
                tensors[i][j] = number(random);
            }
        }
        float[] scalars = new float[formula.scalars()];
        for (int i = 0; i < scalars.length; i++) {
            scalars[i] = number(random);
        }
        float[][] expected = new float[tensors.length][];
        for (int i = 0; i < tensors.length; i++) {
            expected[i] = tensors[i].clone();
        }
        for (int j = 0; j < COUNT; j++) {
            evaluate(formula, expected, scalars, j);
        }
        new UpdateCompiler().compile(formula).run(tensors, scalars, COUNT);
        for (int i = 0; i < tensors.length; i++) {
            assertThat(tensors[i])
                    .as("seed %d, array %d of %s", seed, i, formula)
                    .isEqualTo(expected[i]);
        }
    }

    private static UpdateFormula random(Random random) {
        int tensors = 1 + random.nextInt(4);
        int scalars = random.nextInt(3);
        List<UpdateFormula.Instruction> instructions = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            int known = tensors + scalars + i;
            instructions.add(new UpdateFormula.Instruction(
                    OPS.get(random.nextInt(OPS.size())), random.nextInt(known), random.nextInt(known)));
        }
        int all = tensors + scalars + instructions.size();
        return new UpdateFormula(
                tensors,
                scalars,
                instructions,
                List.of(all - 1, all - 2, random.nextInt(all)),
                List.of(all - 3),
                random.nextBoolean());
    }

    private static float number(Random random) {
        return switch (random.nextInt(12)) {
            case 0 -> 0f;
            case 1 -> -0f;
            case 2 -> Float.NaN;
            case 3 -> Float.POSITIVE_INFINITY;
            case 4 -> Float.MIN_VALUE * random.nextInt(1000);
            case 5 -> Float.MAX_VALUE;
            default -> (float) random.nextGaussian();
        };
    }

    private static void evaluate(UpdateFormula formula, float[][] tensors, float[] scalars, int at) {
        List<Float> values = new ArrayList<>();
        for (int i = 0; i < formula.tensors(); i++) {
            values.add(tensors[i][at]);
        }
        for (float scalar : scalars) {
            values.add(scalar);
        }
        for (UpdateFormula.Instruction instruction : formula.instructions()) {
            values.add(
                    Update.compute(instruction.op(), values.get(instruction.left()), values.get(instruction.right())));
        }
        int array = formula.tensors();
        for (int result : formula.results()) {
            float value = values.get(result);
            tensors[array++][at] = formula.flushing() ? (value + UpdateCompiler.FLUSH) - UpdateCompiler.FLUSH : value;
        }
        for (int sum : formula.sums()) {
            tensors[array++][at] += values.get(sum);
        }
    }

    @Test
    void aResultMayReplaceWhatItIsMadeOf() {
        UpdateFormula swap = new UpdateFormula(2, 0, List.of(), List.of(1, 0), List.of(), false);
        float[] a = {1, 2, 3};
        float[] b = {4, 5, 6};
        new UpdateCompiler().compile(swap).run(new float[][] {a, b, a, b}, new float[0], 3);
        assertThat(a).containsExactly(4, 5, 6);
        assertThat(b).containsExactly(1, 2, 3);
    }

    @Test
    void flushingTakesWhatIsBelowTheNormalRangeForZeroAndKeepsTheRest() {
        UpdateFormula keep = new UpdateFormula(1, 0, List.of(), List.of(0), List.of(), true);
        float[] values = {1e-40f, -1e-40f, Float.MIN_VALUE, 1e-20f, -1.2345678e-22f, 1f, -3.4e38f, Float.NaN};
        new UpdateCompiler().compile(keep).run(new float[][] {values, values}, new float[0], values.length);
        assertThat(values).containsExactly(0, 0, 0, 1e-20f, -1.2345678e-22f, 1f, -3.4e38f, Float.NaN);
    }

    @Test
    void equalFormulasShareALoop() {
        UpdateCompiler compiler = new UpdateCompiler();
        UpdateFormula one = new UpdateFormula(1, 0, List.of(), List.of(0), List.of(), true);
        UpdateFormula two = new UpdateFormula(1, 0, List.of(), List.of(0), List.of(), true);
        assertThat(compiler.compile(one)).isSameAs(compiler.compile(two));
    }
}
