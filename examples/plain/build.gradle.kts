plugins {
    application
}

repositories {
    mavenLocal()
    mavenCentral()
}

dependencies {
    implementation(platform("heed:heed-bom:0.1.0"))
    implementation("heed:heed-transformer")
    runtimeOnly("heed:heed-minilm")
    runtimeOnly("org.slf4j:slf4j-nop:2.0.20")
}

java {
    toolchain {
        languageVersion = JavaLanguageVersion.of(25)
    }
}

application {
    mainClass = "Similar"
    applicationDefaultJvmArgs = listOf("--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED")
}
