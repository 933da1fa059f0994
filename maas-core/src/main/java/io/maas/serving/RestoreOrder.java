package io.maas.serving;

import io.maas.error.MaasException;
import io.maas.pipeline.Pipelines;
import io.maas.registry.Journal;
import io.maas.registry.Version;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** In which order deployments are taken up again: a pipeline after the models that it calls. */
final class RestoreOrder {
    private RestoreOrder() {}

    /** All names that the journal has. */
    static List<String> of(DeploymentContext context) {
        Map<String, Set<String>> waiting = new TreeMap<>();
        for (String name : context.journal().models()) {
            waiting.put(name, calls(context, name));
        }
        List<String> order = new ArrayList<>();
        while (!waiting.isEmpty()) {
            List<String> ready = new ArrayList<>();
            waiting.forEach((name, calls) -> {
                if (Collections.disjoint(calls, waiting.keySet())) {
                    ready.add(name);
                }
            });
            // What is left may call itself in a circle: to restore it says so.
            List<String> next = ready.isEmpty() ? List.copyOf(waiting.keySet()) : ready;
            order.addAll(next);
            next.forEach(waiting::remove);
        }
        return order;
    }

    /** The models that the pipelines of one deployment call; none if that cannot be read, as to restore it says why. */
    private static Set<String> calls(DeploymentContext context, String name) {
        Set<String> calls = new TreeSet<>();
        try {
            List<Journal.Entry> entries = context.journal().entries(name);
            if (entries.isEmpty()) {
                return Set.of();
            }
            DeploymentState state =
                    DeploymentState.of(entries.get(entries.size() - 1).fields());
            List<Version> published = context.registry().versions(name);
            Set<Integer> numbers =
                    state.wanted(published.stream().map(Version::number).toList());
            for (Version version : published) {
                if (numbers.contains(version.number()) && PipelineLoader.isPipeline(version)) {
                    calls.addAll(
                            Pipelines.definition(version, context.registry().load(version))
                                    .models());
                }
            }
            return calls;
        } catch (MaasException | IllegalArgumentException e) {
            return Set.of();
        }
    }
}
