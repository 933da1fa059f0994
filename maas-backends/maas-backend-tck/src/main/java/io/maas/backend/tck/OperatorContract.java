package io.maas.backend.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.maas.backend.Capability;
import io.maas.backend.Program;
import io.maas.error.BackendException;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every operator of {@link Op}, for its element types, over scalars, empty and broadcast axes and one to four axes, with its
 * attributes: the backend's values are those of the {@link ReferenceEvaluator}. By day every other case is tried, with inputs declared by
 * symbols and by size in turns; under {@code -Dmaas.nightly=true} all are, in both ways.
 *
 * <pre>{@code
 * class MyOperatorTest extends OperatorContract {
 *     @Override
 *     protected Backend backend() {
 *         return new MyBackend();
 *     }
 * }
 * }</pre>
 */
public abstract class OperatorContract extends BackendContract {
    private static final boolean NIGHTLY = Boolean.getBoolean("maas.nightly");

    /** For subclasses, which are test classes. */
    protected OperatorContract() {}

    @TestFactory
    Stream<DynamicNode> everyOperatorGivesTheValuesOfTheReference() {
        return Arrays.stream(Op.values()).filter(op -> op != Op.OTHER).map(this::casesOf);
    }

    private DynamicContainer casesOf(Op op) {
        List<OperatorCase> cases =
                OperatorCases.of(op).stream().filter(this::concerned).toList();
        Stream<DynamicTest> tests = IntStream.range(0, cases.size())
                .filter(i -> NIGHTLY || i % 2 == 0)
                .mapToObj(i -> dynamicTest(cases.get(i).title(), () -> {
                    if (NIGHTLY) {
                        check(cases.get(i));
                    } else {
                        check(cases.get(i), i % 4 == 2);
                    }
                }));
        return dynamicContainer(op.onnxName(), tests);
    }

    private boolean concerned(OperatorCase given) {
        boolean half = given.types().contains(DataType.FLOAT16) || given.types().contains(DataType.BFLOAT16);
        boolean text = given.types().contains(DataType.STRING);
        return (!half || has(Capability.HALF_PRECISION)) && (!text || has(Capability.STRINGS));
    }

    /** Runs one case with its inputs declared by size, then by symbols. */
    final void check(OperatorCase given) {
        check(given, false);
        check(given, true);
    }

    private void check(OperatorCase given, boolean symbolic) {
        Graph graph = given.graph(symbolic);
        if (given.types().stream().anyMatch(type -> lacks(given.op(), type))) {
            refusedOrRight(given, graph);
        } else {
            run(given, graph);
        }
    }

    /** An engine may have an operator in part, such as without an optional input; a wrong answer it gives never. */
    private void refusedOrRight(OperatorCase given, Graph graph) {
        try {
            run(given, graph);
        } catch (RuntimeException e) {
            assertThat(e)
                    .as("%s is said to be lacking, so that it is refused", given.title())
                    .isInstanceOf(BackendException.class);
        }
    }

    private void run(OperatorCase given, Graph graph) {
        try (Program program = compile(graph)) {
            Tensors actual = program.run(given.inputs());
            Tensors wanted = expected(graph, given.inputs());
            assertThat(actual.names()).isEqualTo(wanted.names());
            for (Value declared : graph.outputs()) {
                Tensor right = wanted.get(declared.name());
                given.tolerance().check(given.title() + " " + declared.name(), actual.get(declared.name()), right);
                assertThat(declared.dataType()).isEqualTo(right.dataType());
                assertThat(!declared.hasShape() || declared.shape().accepts(right.shape()))
                        .as("%s: inferred %s, is %s", given.title(), declared, right)
                        .isTrue();
            }
        }
    }

    @Test
    void capabilitiesAreThoseThatTheSuiteIsTold() {
        Set<Capability> expected = EnumSet.allOf(Capability.class);
        expected.removeAll(lacks());
        assertThat(backend().capabilities()).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void aBackendWithoutHalfPrecisionRefusesItsArithmetic() {
        for (DataType type : CaseWriter.HALVES) {
            GraphBuilder builder = new GraphBuilder("half");
            Value x = builder.input("x", type, Shape.of(2));
            builder.output("y", builder.mul(builder.add(x, x), x));
            Graph graph = builder.build();
            if (!has(Capability.HALF_PRECISION)) {
                assertThatThrownBy(() -> compile(graph).close()).isInstanceOf(BackendException.class);
            } else if (!lacks(Op.ADD, type) && !lacks(Op.MUL, type)) {
                Tensors inputs = Tensors.of("x", Samples.exactly(type, 1.5, -2));
                try (Program program = compile(graph)) {
                    Tolerance.assertClose("half precision", program.run(inputs), expected(graph, inputs));
                }
            }
        }
    }
}
