package io.maas.backend;

import com.google.common.collect.ImmutableList;
import io.maas.backend.Diagnosis.Finding;
import io.maas.backend.Diagnosis.Outcome;
import io.maas.backend.Diagnosis.Trial;
import io.maas.error.BackendException;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Tells whether the natives of the backends load and compute here, and if not what is in their way. What could end the process is
 * tried in another one, with the same Java, class path and options; nothing is loaded into this one.
 *
 * <pre>{@code
 * System.out.println(Doctor.examine());
 * }</pre>
 */
public final class Doctor {
    /** From about here on ONNX Runtime 1.29 overflows the stack of a usual thread as it starts. */
    private static final long LONG_COMMAND_LINE = 4096;

    /** Room for the natives of either engine, unpacked. */
    private static final long ROOM = 128L << 20;

    /** From this Java on native access can be denied. */
    private static final int DENIES = 24;

    private final Surroundings here;
    private final ImmutableList.Builder<Finding> findings = ImmutableList.builder();

    Doctor(Surroundings here) {
        this.here = here;
    }

    /** Examines this process. Takes seconds: a process is started for each backend on the class path. */
    public static Diagnosis examine() {
        return new Doctor(Surroundings.here()).diagnose();
    }

    Diagnosis diagnose() {
        Platform platform = here.platform();
        BackendDiscovery discovery = BackendDiscovery.in(here.loader());
        ImmutableList.Builder<Trial> trials = ImmutableList.builder();
        for (BackendException failure : discovery.failures()) {
            trials.add(new Trial(failure.backend(), "", "", Outcome.FAILS, String.valueOf(failure.getCause())));
        }
        for (var provider : discovery.providers()) {
            trials.add(new BackendTrial(here, provider.type().getName()).run());
        }
        if (discovery.providers().isEmpty()) {
            find("no backend is on the class path", "add io.maas:maas-backend-onnx");
        }
        for (KnownEngine engine : KnownEngine.values()) {
            examine(engine, platform);
        }
        examineTemporary();
        examineAccess();
        examineMemory(platform);
        return new Diagnosis(platform, trials.build(), findings.build());
    }

    private void find(String what, String advice) {
        findings.add(new Finding(what, advice));
    }

    private void examine(KnownEngine engine, Platform platform) {
        Set<String> copies = places(engine.marker());
        if (copies.isEmpty()) {
            return;
        }
        if (copies.size() > 1) {
            find(
                    engine.title() + " is on the class path " + copies.size() + " times: " + copies,
                    "keep one: exclude " + engine.artifact() + " from the dependency that brings the other one");
        }
        if (!here.hasArgument("-D" + engine.pathProperty())
                && places(engine.natives(here)).isEmpty()) {
            find(
                    engine.title() + " has no natives for " + here.os() + " on " + here.architecture()
                            + " on the class path (expected: " + engine.natives(here) + ")",
                    "add those of this platform to " + engine.artifact() + ", or run on a platform that it has");
        }
        if (platform.libc().equals("musl")) {
            find(
                    "this system has musl, " + engine.title() + "'s natives need glibc",
                    "use an image with glibc, such as Debian's, Ubuntu's or Red Hat's");
        }
        if (engine == KnownEngine.ONNX_RUNTIME && here.commandLine() > LONG_COMMAND_LINE) {
            find(
                    "the command line has " + here.commandLine() + " bytes; from about " + LONG_COMMAND_LINE
                            + " on ONNX Runtime 1.29 ends the process if it is first used outside of this library",
                    "call it through this library first, or give the class path by the variable CLASSPATH or by"
                            + " java @arguments");
        }
    }

    /** Where on the class path a file is. */
    private Set<String> places(String resource) {
        try {
            ClassLoader loader = here.loader();
            Set<String> places = new LinkedHashSet<>();
            for (URL each : Collections.list(
                    loader == null ? ClassLoader.getSystemResources(resource) : loader.getResources(resource))) {
                places.add(each.toString()
                        .replaceFirst("^jar:", "")
                        .replaceFirst("!?/" + Pattern.quote(resource) + "$", ""));
            }
            return places;
        } catch (IOException e) {
            find("the class path cannot be searched: " + e, "look whether all of its files can be read");
            return Set.of();
        }
    }

    private void examineTemporary() {
        String folder = "the temporary folder " + here.temporary();
        String elsewhere = "choose another one with -Djava.io.tmpdir, or have the natives unpacked with"
                + " -Donnxruntime.native.path";
        if (!Files.isDirectory(here.temporary()) || !Files.isWritable(here.temporary())) {
            find(folder + " cannot be written to, so natives cannot be unpacked", elsewhere);
            return;
        }
        if (here.isNoexec()) {
            find(folder + " is mounted noexec, so natives in it cannot be loaded", elsewhere);
        }
        try {
            long room = Files.getFileStore(here.temporary()).getUsableSpace();
            if (room < ROOM) {
                find(
                        folder + " has " + Platform.mib(room) + " left (expected: " + Platform.mib(ROOM)
                                + " for natives)",
                        "clear it, or " + elsewhere);
            }
        } catch (IOException e) {
            find(folder + " does not tell how much room it has: " + e, elsewhere);
        }
    }

    private void examineAccess() {
        if (here.javaFeature() >= DENIES
                && here.hasArgument("--illegal-native-access=deny")
                && !here.hasArgument("--enable-native-access")) {
            find(
                    "Java " + here.javaFeature() + " runs with --illegal-native-access=deny, so no natives load",
                    "add --enable-native-access=ALL-UNNAMED");
        }
    }

    /** The memory of natives lies outside of the heap. */
    private void examineMemory(Platform platform) {
        if (platform.limitBytes() > 0 && platform.heapBytes() > platform.limitBytes() / 4 * 3) {
            find(
                    "the heap may grow to " + Platform.mib(platform.heapBytes()) + " of the container's "
                            + Platform.mib(platform.limitBytes()) + ", which leaves little for models",
                    "lower -Xmx or -XX:MaxRAMPercentage: models live outside of the heap");
        }
    }
}
