package dev.yado.network;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.yado.network", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule knowsNoSpring = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.springframework..")
            .because("the daemon is a plain main() that starts in a fraction of a second");

    @ArchTest
    static final ArchRule touchesNoForeignMemory = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.lang.foreign..", "dev.yado.kernel.sys..")
            .because("only kernel.sys may crash the process");

    @ArchTest
    static final ArchRule driversAreUnknownAbove = noClasses()
            .that()
            .resideInAPackage("dev.yado.network")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.yado.network.*..")
            .because("another driver has no bridges, and nothing above one may assume them");

    @ArchTest
    static final ArchRule noCycles = slices().matching("dev.yado.network.(*)..")
            .should()
            .beFreeOfCycles()
            .because("a package that needs its user cannot be understood alone");

    @ArchTest
    static final ArchRule namesSayWhatItIs = noClasses()
            .should()
            .haveNameMatching(".*(Impl|Manager|Helper|Util|Utils|VO|TO)")
            .because("a name says what a thing is, never how it is made");
}
