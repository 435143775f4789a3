package dev.yado.vmmd;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.yado.vmmd", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule noSpring = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.springframework..")
            .because("the daemon starts in a fraction of a second and runs on every host");

    @ArchTest
    static final ArchRule noOldJackson = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.fasterxml.jackson.databind..")
            .because("two JSON mappers would disagree on what a host says");

    @ArchTest
    static final ArchRule noCycles = slices().matching("dev.yado.vmmd.(*)..")
            .should()
            .beFreeOfCycles()
            .because("a package that needs its user cannot be understood alone");

    @ArchTest
    static final ArchRule namesSayWhatItIs = noClasses()
            .should()
            .haveNameMatching(".*(Impl|Manager|Helper|Util|Utils|VO|TO)")
            .because("a name says what a thing is, never how it is made");

    @ArchTest
    static final ArchRule noForeignMemory = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.lang.foreign..", "dev.yado.kernel.sys..")
            .because(
                    "only kernel.sys touches foreign memory, and kernel promises what descriptors and errno alone do not");

    @ArchTest
    static final ArchRule wireStaysBelow = noClasses()
            .that()
            .resideInAnyPackage("dev.yado.vmmd.vm..", "dev.yado.vmmd.api..", "dev.yado.vmmd.report..")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("tools.jackson.databind.JsonNode")
            .because("above the wire everything has a type");
}
