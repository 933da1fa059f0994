package io.maas.backend.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.ByteSource;
import io.maas.backend.Backend;
import io.maas.backend.Cancellation;
import io.maas.backend.Capability;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.Session;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.model.Signature;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The suite is worth something only if a backend that is wrong in one way does not pass it. */
class PlantedBugTest {
    /** The reference with its graphs or its programs tampered with. */
    private abstract static class Tampered implements Backend {
        private final Backend honest = new ReferenceBackend();

        @Override
        public String name() {
            return honest.name();
        }

        @Override
        public int priority() {
            return honest.priority();
        }

        @Override
        public Set<Capability> capabilities() {
            return honest.capabilities();
        }

        @Override
        public Program compile(Graph graph, ProgramOptions options) {
            return tamper(honest.compile(tamper(graph), options));
        }

        @Override
        public Program load(ByteSource onnx, ProgramOptions options) {
            return tamper(honest.load(onnx, options));
        }

        Graph tamper(Graph graph) {
            return graph;
        }

        Program tamper(Program program) {
            return program;
        }
    }

    /** Passes everything on. */
    private static class Passing implements Program {
        final Program honest;

        Passing(Program honest) {
            this.honest = honest;
        }

        @Override
        public Signature signature() {
            return honest.signature();
        }

        @Override
        public Tensors run(Tensors inputs, Cancellation cancellation) {
            return honest.run(inputs, cancellation);
        }

        @Override
        public List<Tensors> runBatch(List<Tensors> requests, Cancellation cancellation) {
            return honest.runBatch(requests, cancellation);
        }

        @Override
        public Session newSession(Map<String, String> carried, Tensors initial) {
            return honest.newSession(carried, initial);
        }

        @Override
        public void close() {
            honest.close();
        }
    }

    /** Passes everything on. */
    private static class PassingSession implements Session {
        final Session honest;

        PassingSession(Session honest) {
            this.honest = honest;
        }

        @Override
        public Tensors step(Tensors inputs, Cancellation cancellation) {
            return honest.step(inputs, cancellation);
        }

        @Override
        public Tensor read(String input) {
            return honest.read(input);
        }

        @Override
        public void close() {
            honest.close();
        }
    }

    @Test
    void theReferenceItselfPasses() throws Exception {
        Backend honest = new Tampered() {};
        assertThat(ContractRun.failures(program(honest))).isEmpty();
        assertThat(ContractRun.failures(session(honest))).isEmpty();
        assertThat(ContractRun.failures(badInput(honest))).isEmpty();
        assertThat(ContractRun.failures(concurrency(honest))).isEmpty();
    }

    @Test
    void swappedOutputsAreCaught() throws Exception {
        Backend swapping = new Tampered() {
            @Override
            Program tamper(Program program) {
                return new Passing(program) {
                    @Override
                    public Tensors run(Tensors inputs, Cancellation cancellation) {
                        List<Tensors.Entry> swapped = new ArrayList<>();
                        Tensors outputs = honest.run(inputs, cancellation);
                        outputs.forEach(entry -> swapped.add(0, entry));
                        return Tensors.copyOf(swapped);
                    }
                };
            }
        };
        assertThat(ContractRun.failures(program(swapping))).contains("outputsComeInTheOrderOfTheSignature");
    }

    @Test
    void aForgottenTransposeIsCaught() throws Exception {
        Backend forgetful = new Tampered() {
            @Override
            Graph tamper(Graph graph) {
                return withNodes(
                        graph, graph.nodes().stream().map(PlantedBugTest::plain).toList());
            }
        };
        assertThat(ContractRun.failures(operator(forgetful), Op.GEMM)).isNotEmpty();
        assertThat(ContractRun.failures(operator(forgetful), Op.MATMUL)).isEmpty();
    }

    private static Graph withNodes(Graph graph, List<Node> nodes) {
        return new Graph(graph.name(), graph.inputs(), graph.outputs(), nodes, graph.constants(), graph.opsets());
    }

    /** Square products without their transposition; others would not even have the right shape. */
    private static Node plain(Node node) {
        boolean square = node.op() == Op.GEMM
                && node.input(0).shape().size(0) == node.input(0).shape().size(1)
                && node.input(1).shape().size(0) == node.input(1).shape().size(1);
        if (!square) {
            return node;
        }
        Map<String, Object> attributes = new HashMap<>(node.attributes().asMap());
        attributes.put("transB", 0);
        return new Node(
                node.op(),
                node.domain(),
                node.opType(),
                node.name(),
                node.inputs(),
                node.outputs(),
                Attributes.copyOf(attributes));
    }

    @Test
    void outputsInSharedMemoryAreCaught() throws Exception {
        Backend sharing = new Tampered() {
            @Override
            Program tamper(Program program) {
                Map<String, ByteBuffer> memory = new HashMap<>();
                return new Passing(program) {
                    @Override
                    public Tensors run(Tensors inputs, Cancellation cancellation) {
                        List<Tensors.Entry> shared = new ArrayList<>();
                        for (Tensors.Entry entry : honest.run(inputs, cancellation)) {
                            shared.add(new Tensors.Entry(entry.name(), reused(memory, entry)));
                        }
                        return Tensors.copyOf(shared);
                    }
                };
            }
        };
        assertThat(ContractRun.failures(program(sharing))).contains("aLaterRunLeavesTheOutputsOfAnEarlierOneAlone");
    }

    private static Tensor reused(Map<String, ByteBuffer> memory, Tensors.Entry entry) {
        Tensor tensor = entry.tensor();
        if (tensor.dataType() == DataType.STRING) {
            return tensor;
        }
        String key = entry.name() + tensor.shape();
        ByteBuffer bytes = memory.computeIfAbsent(key, fresh -> Tensor.newMemory(tensor.byteSize()));
        tensor.copyTo(bytes, 0);
        return Tensor.wrap(tensor.dataType(), tensor.shape(), bytes);
    }

    @Test
    void lostStateIsCaught() throws Exception {
        Backend forgetful =
                sessions((program, carried, initial) -> new PassingSession(program.newSession(carried, initial)) {
                    @Override
                    public Tensors step(Tensors inputs, Cancellation cancellation) {
                        try (Session fresh = program.newSession(carried, initial)) {
                            return fresh.step(inputs);
                        }
                    }
                });
        assertThat(ContractRun.failures(session(forgetful)))
                .contains("aHundredStepsEndWhereTheReferenceDoes", "whatWasReadOrReturnedStaysAsItWas");
    }

    @Test
    void stateSharedBySessionsIsCaught() throws Exception {
        AtomicReference<@Nullable Session> common = new AtomicReference<>();
        Backend sharing = sessions((program, carried, initial) -> {
            Session session = program.newSession(carried, initial);
            common.compareAndSet(null, session);
            Session first = common.get();
            return new PassingSession(first == null ? session : first) {
                @Override
                public void close() {
                    common.set(null);
                }
            };
        });
        assertThat(ContractRun.failures(session(sharing))).contains("sessionsOfOneProgramDoNotTouchEachOther");
    }

    @Test
    void sessionsThatStayOpenAreCaught() throws Exception {
        Backend open =
                sessions((program, carried, initial) -> new PassingSession(program.newSession(carried, initial)) {
                    @Override
                    public void close() {
                        assertThat(honest).isNotNull();
                    }
                });
        assertThat(ContractRun.failures(session(open))).containsExactly("aClosedSessionIsClosed");
    }

    /** How a tampered program starts a session. */
    private interface Start {
        Session session(Program program, Map<String, String> carried, Tensors initial);
    }

    private static Backend sessions(Start start) {
        return new Tampered() {
            @Override
            Program tamper(Program program) {
                return new Passing(program) {
                    @Override
                    public Session newSession(Map<String, String> carried, Tensors initial) {
                        return start.session(honest, carried, initial);
                    }
                };
            }
        };
    }

    @Test
    void inputsInASharedScratchAreCaught() throws Exception {
        Backend racing = new Tampered() {
            @Override
            Program tamper(Program program) {
                return new Passing(program) {
                    private volatile Tensors scratch = Tensors.none();

                    @Override
                    public Tensors run(Tensors inputs, Cancellation cancellation) {
                        scratch = inputs;
                        // Long enough for another thread to come in between, without being asked to.
                        assertThat(honest.run(inputs, cancellation).size()).isOne();
                        return honest.run(scratch, cancellation);
                    }
                };
            }
        };
        assertThat(ContractRun.failures(concurrency(racing))).contains("threadsThatRunOneProgramGetTheirOwnAnswers");
    }

    @Test
    void deafnessToCancellationIsCaught() throws Exception {
        Backend deaf = new Tampered() {
            @Override
            Program tamper(Program program) {
                return new Passing(program) {
                    @Override
                    public Tensors run(Tensors inputs, Cancellation cancellation) {
                        return honest.run(inputs);
                    }
                };
            }
        };
        // Not the contract's long runs, which would come to their ends.
        assertThatThrownBy(() -> cancellation(deaf).whatIsCancelledBeforeItStartsDoesNotRun())
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void batchesCutInTheWrongPlaceAreCaught() throws Exception {
        Backend turned = new Tampered() {
            @Override
            Program tamper(Program program) {
                return new Passing(program) {
                    @Override
                    public List<Tensors> runBatch(List<Tensors> requests, Cancellation cancellation) {
                        List<Tensors> answers = new ArrayList<>(honest.runBatch(requests, cancellation));
                        java.util.Collections.reverse(answers);
                        return answers;
                    }
                };
            }
        };
        assertThat(ContractRun.failures(program(turned)))
                .contains(
                        "aBatchOfRowsGivesWhatEachRowGivesAlone",
                        "requestsOfSeveralRowsAreCutApartWhereTheyWereJoined");
    }

    @Test
    void runsAfterCloseAreCaught() throws Exception {
        Backend open = new Tampered() {
            @Override
            Program tamper(Program program) {
                return new Passing(program) {
                    @Override
                    public void close() {
                        assertThat(honest).isNotNull();
                    }
                };
            }
        };
        assertThat(ContractRun.failures(badInput(open))).containsExactly("aClosedProgramIsClosed");
    }

    @Test
    void anOperatorSaidToBeLackingIsRefusedOrRight() throws Exception {
        Backend wrong = new Tampered() {
            @Override
            Program tamper(Program program) {
                return new Passing(program) {
                    @Override
                    public Tensors run(Tensors inputs, Cancellation cancellation) {
                        Tensors.Entry right = honest.run(inputs, cancellation).entry(0);
                        return Tensors.of(
                                right.name(),
                                Tensor.zeros(
                                        right.tensor().dataType(),
                                        right.tensor().shape()));
                    }
                };
            }
        };
        assertThat(ContractRun.failures(withoutNot(new ReferenceBackend()), Op.NOT))
                .isEmpty();
        assertThat(ContractRun.failures(withoutNot(wrong), Op.NOT)).isNotEmpty();
    }

    private static OperatorContract withoutNot(Backend backend) {
        return new OperatorContract() {
            @Override
            protected Backend backend() {
                return backend;
            }

            @Override
            protected Set<Capability> lacks() {
                return Set.of(Capability.OTHER_OPERATORS);
            }

            @Override
            protected boolean lacks(Op op, DataType type) {
                return op == Op.NOT;
            }
        };
    }

    private static OperatorContract operator(Backend backend) {
        return new OperatorContract() {
            @Override
            protected Backend backend() {
                return backend;
            }

            @Override
            protected Set<Capability> lacks() {
                return Set.of(Capability.OTHER_OPERATORS);
            }
        };
    }

    private static ProgramContract program(Backend backend) {
        return new ProgramContract() {
            @Override
            protected Backend backend() {
                return backend;
            }
        };
    }

    private static SessionContract session(Backend backend) {
        return new SessionContract() {
            @Override
            protected Backend backend() {
                return backend;
            }
        };
    }

    private static ConcurrencyContract concurrency(Backend backend) {
        return new ConcurrencyContract() {
            @Override
            protected Backend backend() {
                return backend;
            }
        };
    }

    private static CancellationContract cancellation(Backend backend) {
        return new CancellationContract() {
            @Override
            protected Backend backend() {
                return backend;
            }
        };
    }

    private static BadInputContract badInput(Backend backend) {
        return new BadInputContract() {
            @Override
            protected Backend backend() {
                return backend;
            }

            @Override
            protected Set<Capability> lacks() {
                return Set.of(Capability.OTHER_OPERATORS);
            }
        };
    }
}
