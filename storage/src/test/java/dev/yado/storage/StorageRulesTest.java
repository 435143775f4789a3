package dev.yado.storage;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.yado", importOptions = DoNotIncludeTests.class)
class StorageRulesTest {

    @ArchTest
    static final ArchRule knowsNoSpring = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.springframework..")
            .because("the daemon is a plain main() that starts in a fraction of a second");

    @ArchTest
    static final ArchRule touchesNoForeignMemory = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.lang.foreign..")
            .because("only kernel.sys may crash the process");

    @ArchTest
    static final ArchRule dependsOnProtocolAlone = classes()
            .that()
            .resideInAPackage("dev.yado.storage..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "dev.yado.storage..",
                    "dev.yado.protocol..",
                    "java..",
                    "javax.crypto..",
                    "org.slf4j..",
                    "org.jspecify..",
                    "tools.jackson..",
                    "com.fasterxml.jackson.annotation..",
                    "com.github.luben.zstd..",
                    "software.amazon.awssdk..")
            .because("what happens to disks on a host must not know of flows, rows and the API");

    @ArchTest
    static final ArchRule hasNoCycles = slices().matching("dev.yado.(**)")
            .should()
            .beFreeOfCycles()
            .because("a package that cannot be understood alone cannot be changed alone");
}
