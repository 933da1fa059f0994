package io.maas.backend;

import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;

/** What the {@link Doctor} runs in another process: makes one backend, loads its natives and has them add two numbers. */
final class DoctorProbe {
    /** Begins the lines that are meant for the doctor; engines print others. */
    static final String MARK = "maas-doctor ";

    static final String NAME = "name ";
    static final String VERSION = "version ";
    static final String WORKS = "works";
    static final String FAILS = "fails ";

    private DoctorProbe() {}

    /**
     * Tries one backend.
     *
     * @param arguments the class of the backend
     */
    public static void main(String[] arguments) {
        try {
            Backend backend = Class.forName(arguments[0])
                    .asSubclass(Backend.class)
                    .getDeclaredConstructor()
                    .newInstance();
            say(NAME + backend.name());
            say(VERSION + backend.version());
            try (Program program = backend.compile(sum(), ProgramOptions.serving())) {
                float answer = program.run(Tensors.of("x", Tensor.of(new float[] {2}, 1)))
                        .get("y")
                        .toFloatArray()[0];
                say(answer == 4 ? WORKS : FAILS + "2 + 2 is " + answer + " (expected: 4)");
            }
        } catch (Throwable t) {
            say(FAILS + words(t));
        }
        // Natives may have left threads that keep a process alive.
        System.exit(0);
    }

    private static Graph sum() {
        GraphBuilder b = new GraphBuilder("doctor");
        Value x = b.input("x", DataType.FLOAT32, Shape.of(1));
        b.output("y", b.add(x, x));
        return b.build();
    }

    /** A failure and what lies behind it, on one line. */
    private static String words(Throwable failure) {
        StringBuilder text = new StringBuilder();
        int depth = 0;
        for (Throwable each = failure; each != null && depth++ < 8; each = each.getCause()) {
            String words = each.toString();
            if (text.indexOf(words) < 0) {
                text.append(text.isEmpty() ? "" : ", caused by ").append(words);
            }
        }
        return text.toString().replaceAll("\\s+", " ");
    }

    @SuppressWarnings("SystemOut") // Read through the pipe.
    private static void say(String line) {
        System.out.println("\n" + MARK + line);
    }
}
