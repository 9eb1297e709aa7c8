# Sourced by the scripts here: says what is missing where there is no .NET SDK, and keeps its first-run noise away.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

if ! command -v dotnet >/dev/null 2>&1; then
  echo "error: the .NET 10 SDK is not installed (no 'dotnet' on PATH)" >&2
  echo "  why: Millrace is built from source with it" >&2
  echo "  try: https://dotnet.microsoft.com/download/dotnet/10.0, or your system's package dotnet-sdk-10.0" >&2
  exit 1
fi
case "$(dotnet --version 2>/dev/null)" in
  10.*|1[1-9].*) ;;
  *)
    echo "error: a .NET 10 SDK is needed; installed are: $(dotnet --list-sdks 2>/dev/null | tr '\n' ' ')" >&2
    echo "  why: global.json pins the major version" >&2
    echo "  try: https://dotnet.microsoft.com/download/dotnet/10.0, or your system's package dotnet-sdk-10.0" >&2
    exit 1
    ;;
esac

# debian_packages NAME...: installs what is missing where we may; otherwise says what will be left out.
debian_packages() {
  local missing=() name
  for name in "$@"; do
    dpkg -s "$name" >/dev/null 2>&1 || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "installing: ${missing[*]}"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      "${missing[@]}"; } >/dev/null 2>&1 && return 0
  fi
  echo "note: not installed: ${missing[*]}; what needs them is left out and says so"
}

# publish_programs FOLDER [MSBUILD_ARGUMENT...]: the product, compiled ahead of time where we know how.
publish_programs() {
  local folder=$1 ahead=()
  shift
  # Code of the framework that is generic over our types, most of what is left to compile at a start, goes in as well; the
  # runtime takes it only while its own code is still the same. (%3B: a semicolon.)
  local shared="--opt-cross-module:*%3B--non-local-generics-module:*"
  [ "$(uname -sm)" = "Linux x86_64" ] && ahead=(-r linux-x64 --self-contained false -p:PublishReadyToRun=true
    "-p:PublishReadyToRunCrossgen2ExtraArgs=$shared")
  dotnet publish "$root/src/Cli" -c Release ${ahead[@]+"${ahead[@]}"} "$@" --artifacts-path "$folder.build" -o "$folder" \
    --nologo -v quiet -clp:NoSummary >&2
}

linker() {
  command -v gcc >/dev/null 2>&1 || command -v clang >/dev/null 2>&1
}

# publish_native_coordinator FOLDER [MSBUILD_ARGUMENT...]: the coordinator there becomes machine code in one file, with
# nothing left to compile when it starts again. Where that cannot be built it stays as it is.
publish_native_coordinator() {
  local folder=$1
  shift
  [ "$(uname -sm)" = "Linux x86_64" ] || return 0
  if ! linker; then
    debian_packages gcc libc6-dev >&2
    linker || { echo "note: no gcc and no clang: the coordinator is no machine code and starts more slowly" >&2; return 0; }
  fi
  dotnet publish "$root/src/Coordinator" -c Release -r linux-x64 -p:MillraceNative=true "$@" \
    --artifacts-path "$folder.native" -o "$folder" --nologo -v quiet -clp:NoSummary >&2
}
