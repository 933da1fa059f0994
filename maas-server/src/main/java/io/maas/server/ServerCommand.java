package io.maas.server;

import io.maas.Maas;
import io.maas.api.job.JobOptions;
import io.maas.api.job.TrainingJobs;
import io.maas.api.server.MaasServer;
import io.maas.api.server.ServerLimits;
import io.maas.api.server.ServerOptions;
import io.maas.backend.Backend;
import io.maas.backend.Backends;
import io.maas.error.MaasException;
import io.maas.error.Require;
import io.maas.model.LibraryVersion;
import io.maas.registry.StoredModelRegistry;
import io.maas.serving.DeployOptions;
import io.maas.serving.ServingOptions;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Serves the models of a registry until it is told to end. */
@Command(
        name = "maas-server",
        mixinStandardHelpOptions = true,
        versionProvider = ServerCommand.Version.class,
        sortOptions = false,
        subcommands = IssueKey.class,
        description = "Serves the models of a registry over HTTP.",
        footer = {
            "",
            "Each option can also be set in the environment, such as MAAS_PORT for --port, or in the file of --config as port=8080. A flag"
                    + " goes before the environment, and that before the file."
        })
public final class ServerCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(ServerCommand.class);

    private static final int MAX_PORT = 65_535;
    private static final int MAX_GRACE = 86_400;

    private final Settings settings;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = Settings.CONFIG,
            paramLabel = "FILE",
            description = "a file of properties with the options that follow")
    @SuppressWarnings("UnusedVariable") // Read by the settings, before the options are.
    private @Nullable Path config;

    @Option(
            names = "--registry",
            paramLabel = "FOLDER",
            defaultValue = "models",
            description = "the folder of the models; made if it is missing (default: ${DEFAULT-VALUE})")
    private Path registry = Path.of("models");

    @Option(
            names = "--host",
            defaultValue = "127.0.0.1",
            description = "the address to listen on (default: ${DEFAULT-VALUE})")
    private String host = "127.0.0.1";

    @Option(names = "--port", defaultValue = "8080", description = "the port, 0 for any (default: ${DEFAULT-VALUE})")
    private int port;

    @Option(
            names = "--deploy",
            split = ",",
            paramLabel = "MODEL[:VERSION]",
            description =
                    "a model to put into service, by number, alias or as its latest version; what was in service when the"
                            + " server ended last comes back by itself")
    private List<String> deploy = new ArrayList<>();

    @Option(
            names = "--allowed-hosts",
            split = ",",
            paramLabel = "NAME",
            description = "names under which the server may be called, beside localhost and addresses")
    private List<String> allowedHosts = new ArrayList<>();

    @Mixin
    private Security security = new Security();

    @Option(
            names = "--training",
            paramLabel = "FOLDER",
            defaultValue = "training",
            description =
                    "the folder of data sets, training jobs and versions that are being sent; made if it is missing (default: ${DEFAULT-VALUE})")
    private Path training = Path.of("training");

    @Option(
            names = "--max-body-bytes",
            paramLabel = "BYTES",
            description = "the longest request (default: 64 MiB, or a sixteenth of the heap if that is less)")
    private @Nullable Integer maxBodyBytes;

    @Option(
            names = "--memory-budget",
            paramLabel = "BYTES",
            description =
                    "how much memory models may take; those not called for longest are unloaded (default: no bound)")
    private @Nullable Long memoryBudget;

    @Option(
            names = "--grace",
            paramLabel = "SECONDS",
            defaultValue = "10",
            description = "how long requests under way may take when the server ends (default: ${DEFAULT-VALUE})")
    private int grace;

    @Option(
            names = "--print-config",
            fallbackValue = "true", // A flag is the opposite of what is set elsewhere otherwise.
            description = "print where each setting comes from, and end")
    private boolean printConfig;

    private ServerCommand(Settings settings) {
        this.settings = settings;
    }

    /** The version of the library. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"maas " + LibraryVersion.current()};
        }
    }

    public static void main(String[] args) {
        System.exit(run(System.getenv(), new PrintWriter(System.out, true, Charset.defaultCharset()), args));
    }

    /**
     * Runs the command.
     *
     * @return 0, or 2 if the settings are wrong, or 1 if the server cannot start
     */
    static int run(java.util.Map<String, String> environment, PrintWriter out, String... args) {
        Settings settings;
        try {
            settings = new Settings(environment, args);
        } catch (IllegalArgumentException e) {
            out.println(e.getMessage());
            return CommandLine.ExitCode.USAGE;
        }
        return new CommandLine(new ServerCommand(settings))
                .setDefaultValueProvider(settings)
                .setOut(out)
                .setErr(out)
                .setExecutionExceptionHandler((thrown, command, result) -> {
                    Throwable e = thrown instanceof CompletionException ? thrown.getCause() : thrown;
                    if (e instanceof MaasException || e instanceof IllegalArgumentException) {
                        out.println(e.getMessage());
                        return CommandLine.ExitCode.SOFTWARE;
                    }
                    throw thrown;
                })
                .execute(args);
    }

    @Override
    public Integer call() throws InterruptedException {
        CommandSpec command = java.util.Objects.requireNonNull(spec);
        try {
            settings.requireKnown(command.options().stream()
                    .filter(option -> !isForFlagsOnly(option))
                    .map(OptionSpec::longestName)
                    .toList());
            requireBounds();
        } catch (CommandLine.TypeConversionException | IllegalArgumentException e) {
            throw new CommandLine.ParameterException(command.commandLine(), String.valueOf(e.getMessage()), e);
        }
        if (printConfig) {
            effective(command).forEach(command.commandLine().getOut()::println);
            return CommandLine.ExitCode.OK;
        }
        effective(command).forEach(LOG::info);
        serve();
        return CommandLine.ExitCode.OK;
    }

    private static boolean isForFlagsOnly(OptionSpec option) {
        return option.usageHelp()
                || option.versionHelp()
                || option.longestName().equals(Settings.CONFIG);
    }

    private ServerLimits limits() {
        ServerLimits limits = ServerLimits.defaults().withGrace(Duration.ofSeconds(grace));
        return maxBodyBytes == null ? limits : limits.withMaxBodyBytes(maxBodyBytes);
    }

    /** What would be refused later is wrong already where it is only printed. */
    private void requireBounds() {
        Require.that(port >= 0 && port <= MAX_PORT, "--port", port, "0 to " + MAX_PORT);
        Require.that(grace >= 0 && grace <= MAX_GRACE, "--grace", grace, "0 to " + MAX_GRACE + " seconds");
        if (maxBodyBytes != null) {
            Require.positive(maxBodyBytes, "--max-body-bytes");
        }
        if (memoryBudget != null) {
            Require.positive(memoryBudget, "--memory-budget");
        }
    }

    /** The JVM ends as soon as its hooks have, so one waits until all is closed. */
    private void serve() throws InterruptedException {
        CountDownLatch stop = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> awaitStop(stop, stopped), "maas-stop"));
        try {
            serve(stop);
        } finally {
            Logging.close();
            stopped.countDown();
        }
    }

    private void serve(CountDownLatch stop) throws InterruptedException {
        PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        ServingOptions serving = ServingOptions.defaults().withMeters(meters).withQuotas(security.quotas());
        if (memoryBudget != null) {
            serving = serving.withMemoryBudget(memoryBudget);
        }
        Backends engines = Backends.load();
        // Their native code comes from the jar meanwhile. Where it does not, the first model says so.
        CompletableFuture.runAsync(() -> engines.all().forEach(Backend::version));
        StoredModelRegistry models = StoredModelRegistry.open(registry);
        // Closed in reverse: the server first.
        try (Security guard = security;
                Maas maas = Maas.open(models, engines, serving, models.journal());
                TrainingJobs jobs = TrainingJobs.open(training, models, JobOptions.defaults())) {
            CompletableFuture<Void> inService = CompletableFuture.runAsync(() -> putIntoService(maas));
            ServerOptions options = guard.secured(ServerOptions.defaults())
                    .withHost(host)
                    .withPort(port)
                    .withAllowedHosts(allowedHosts.toArray(new String[0]))
                    .withLimits(limits())
                    .withMeters(meters)
                    .withTraining(jobs)
                    .withUploads(training.resolve("uploads"));
            requireKeys(options);
            try (MaasServer server = MaasServer.start(maas, options, inService)) {
                inService.join();
                LOG.info("listening on {}", server.uri());
                stop.await();
                server.drain();
            }
        }
        LOG.info("stopped");
    }

    /** As the server does, which does not know what the settings are called. */
    private static void requireKeys(ServerOptions options) {
        if (options.authenticator() == null && !isLoopback(options.host())) {
            throw new IllegalArgumentException("--host: " + Require.quote(options.host())
                    + " (expected: a loopback address, such as 127.0.0.1, where nobody is authenticated); give --keys or"
                    + " --jwt-keys to listen for other machines");
        }
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return true; // Of which the server says what is wrong.
        }
    }

    private void putIntoService(Maas maas) {
        maas.restore().forEach((version, reason) -> LOG.warn("{} is not back in service: {}", version, reason));
        for (String each : deploy) {
            int colon = each.indexOf(':');
            String name = colon < 0 ? each : each.substring(0, colon);
            maas.deploy(name, colon < 0 ? "latest" : each.substring(colon + 1), DeployOptions.defaults());
        }
    }

    private static void awaitStop(CountDownLatch stop, CountDownLatch stopped) {
        stop.countDown();
        try {
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // The JVM ends now.
        }
    }

    /** Every setting, its value and where it comes from. */
    private List<String> effective(CommandSpec command) {
        List<String> lines = new ArrayList<>();
        var parsed = java.util.Objects.requireNonNull(command.commandLine()).getParseResult();
        for (OptionSpec option : command.options()) {
            if (option.usageHelp()
                    || option.versionHelp()
                    || option.longestName().equals("--print-config")) {
                continue;
            }
            boolean isFlag = parsed != null && parsed.hasMatchedOption(option);
            Object value = option.getValue();
            lines.add(option.longestName().substring(2) + " = " + (value == null ? "" : value) + "   # "
                    + settings.origin(option, isFlag));
        }
        return lines;
    }
}
