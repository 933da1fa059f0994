package io.maas.backend;

/** The engines whose files the {@link Doctor} knows its way in; it tries out all others too. */
enum KnownEngine {
    ONNX_RUNTIME(
            "ONNX Runtime",
            "ai/onnxruntime/OrtEnvironment.class",
            "com.microsoft.onnxruntime:onnxruntime",
            "onnxruntime.native.path") {
        @Override
        String natives(Surroundings here) {
            String folder = "ai/onnxruntime/native/";
            return switch (here.family()) {
                case "windows" -> folder + (here.isArm() ? "win-aarch64" : "win-x64") + "/onnxruntime.dll";
                case "mac" -> folder + (here.isArm() ? "osx-aarch64" : "osx-x64") + "/libonnxruntime.dylib";
                default -> folder + (here.isArm() ? "linux-aarch64" : "linux-x64") + "/libonnxruntime.so";
            };
        }
    },
    ND4J(
            "ND4J",
            "org/nd4j/linalg/factory/Nd4j.class",
            "org.nd4j:nd4j-native-platform",
            "org.bytedeco.javacpp.pathsFirst") {
        @Override
        String natives(Surroundings here) {
            String folder = "org/nd4j/linalg/cpu/nativecpu/bindings/";
            return switch (here.family()) {
                case "windows" -> folder + "windows-x86_64/jnind4jcpu.dll";
                case "mac" -> folder + (here.isArm() ? "macosx-arm64" : "macosx-x86_64") + "/libjnind4jcpu.dylib";
                default -> folder + (here.isArm() ? "linux-arm64" : "linux-x86_64") + "/libjnind4jcpu.so";
            };
        }
    };

    private final String title;
    private final String marker;
    private final String artifact;
    private final String pathProperty;

    KnownEngine(String title, String marker, String artifact, String pathProperty) {
        this.title = title;
        this.marker = marker;
        this.artifact = artifact;
        this.pathProperty = pathProperty;
    }

    /** What people call it. */
    String title() {
        return title;
    }

    /** A class that each copy of it has once. */
    String marker() {
        return marker;
    }

    String artifact() {
        return artifact;
    }

    /** The system property that has it look for natives outside of the class path. */
    String pathProperty() {
        return pathProperty;
    }

    /** Where in its jar the natives of a platform lie. */
    abstract String natives(Surroundings here);
}
