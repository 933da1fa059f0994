package io.maas.api;

import io.maas.error.ModelNotFoundException;
import io.maas.model.Artifact;
import io.maas.registry.AliasChange;
import io.maas.registry.ModelRegistry;
import io.maas.registry.Version;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

final class MemoryRegistry implements ModelRegistry {
    private final Map<String, List<Version>> versions = new TreeMap<>();
    private final Map<Version, Artifact> artifacts = new java.util.HashMap<>();
    private final Map<String, Map<String, Integer>> aliases = new TreeMap<>();

    @Override
    public synchronized Version publish(String name, Artifact artifact) {
        List<Version> all = versions.computeIfAbsent(name, fresh -> new ArrayList<>());
        Version version = new Version(name, all.size() + 1, "", Instant.EPOCH, artifact.manifest());
        all.add(version);
        artifacts.put(version, artifact);
        return version;
    }

    @Override
    public synchronized List<String> models() {
        return List.copyOf(versions.keySet());
    }

    @Override
    public synchronized List<Version> versions(String name) {
        return List.copyOf(versions.getOrDefault(name, List.of()));
    }

    @Override
    public synchronized Version version(String name, int number) {
        List<Version> all = versions(name);
        if (number < 1 || number > all.size()) {
            throw new ModelNotFoundException("no version " + number + " of model " + name);
        }
        return all.get(number - 1);
    }

    @Override
    public synchronized Artifact load(Version version) {
        return artifacts.get(version);
    }

    @Override
    public synchronized void setAlias(String name, String alias, int number) {
        aliases.computeIfAbsent(name, fresh -> new TreeMap<>()).put(alias, number);
    }

    @Override
    public synchronized Map<String, Integer> aliases(String name) {
        return Map.copyOf(aliases.getOrDefault(name, Map.of()));
    }

    @Override
    public List<AliasChange> aliasHistory(String name, String alias) {
        return List.of();
    }

    @Override
    public Version rollback(String name, String alias) {
        throw new IllegalStateException();
    }

    @Override
    public void delete(String name, int number) {}

    @Override
    public long collectGarbage() {
        return 0;
    }
}
