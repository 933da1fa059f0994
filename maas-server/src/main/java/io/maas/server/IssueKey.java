package io.maas.server;

import io.maas.api.security.ApiKey;
import io.maas.api.security.ApiKeys;
import io.maas.api.security.Grant;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Makes an API key, such as the first one, with which others can be asked for over the network. */
@Command(
        name = "issue-key",
        mixinStandardHelpOptions = true,
        description = "Makes an API key and prints it; the file holds only its hash.")
final class IssueKey implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--keys",
            paramLabel = "FILE",
            required = true,
            description = "the file of keys; made if it is missing")
    private Path keys = Path.of("keys.json");

    @Option(names = "--name", required = true, description = "whose it is, as histories call them")
    private String name = "";

    @Option(
            names = "--grants",
            split = ",",
            required = true,
            paramLabel = "ROLE[:MODELS]",
            description =
                    "what it is good for: infer, train, deploy or admin, for all models or some, such as infer:team-*")
    private List<String> grants = List.of();

    @Option(names = "--days", description = "for how long it is good (default: for ever)")
    private @Nullable Integer days;

    @Override
    public Integer call() {
        Instant expires = days == null ? null : Instant.now().plus(Duration.ofDays(days));
        ApiKey.Issued issued =
                ApiKeys.open(keys).issue(name, grants.stream().map(Grant::parse).collect(Collectors.toSet()), expires);
        java.util.Objects.requireNonNull(spec).commandLine().getOut().println(issued.secret());
        return CommandLine.ExitCode.OK;
    }
}
