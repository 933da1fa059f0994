package io.maas.api.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.maas.api.Models;
import io.maas.api.Service;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The commands of docs/network.md give the answers that stand there. */
class CurlIT {
    private static final Path GUIDE = Path.of("../docs/network.md");
    private static final Pattern EXAMPLE = Pattern.compile("```sh\\n\\$ (curl [^`]*?)\\n(\\{[^`]*)\\n```");

    @Test
    void everyExampleOfTheGuideWorks() throws Exception {
        List<MatchResult> examples =
                EXAMPLE.matcher(Files.readString(GUIDE)).results().toList();
        assertThat(examples).hasSizeGreaterThan(3);
        try (Service service = Service.start()) {
            service.serve("affine", Models.affine(0));
            for (MatchResult example : examples) {
                String command = example.group(1)
                        .replace("http://127.0.0.1:8080", service.uri().toString());
                assertThat(shell(command)).as(command).isEqualTo(example.group(2));
            }
        }
    }

    private static String shell(String command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("sh", "-c", command).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        process.waitFor();
        return output;
    }
}
