# Sourced by ./run and ./test: finds out which system packages are missing and installs them.
# It asks first when a person is there, uses sudo when it must, and does nothing where nothing is missing.

# Prints a line for a person; standard output stays clean for what lacuna prints.
say() { printf '%s\n' "$*" >&2; }

# RUN_DRY=1 prints what would be done instead of doing it.
dry() { [ "${RUN_DRY:-0}" != 0 ]; }
act() { if dry; then say "would run: $*"; else "$@"; fi; }

have() { command -v "$1" >/dev/null 2>&1; }
have_library() {
    { ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null || true; } | grep -q "^[[:space:]]*$1 "
}
interactive() { [ -t 0 ] && [ -t 2 ]; }

# The first package manager found, or nothing.
manager() {
    local m
    for m in apt-get dnf pacman; do
        if have "$m"; then echo "$m" && return; fi
    done
}

# The name of a thing in the words of the package manager.
package() {
    case "$(manager):$1" in
        apt-get:compiler) echo build-essential ;;
        dnf:compiler | pacman:compiler) echo gcc ;;
        apt-get:pkg-config) echo pkg-config ;;
        dnf:pkg-config) echo pkgconf-pkg-config ;;
        pacman:pkg-config) echo pkgconf ;;
        apt-get:alsa) echo libasound2-dev ;;
        dnf:alsa) echo alsa-lib-devel ;;
        pacman:alsa) echo alsa-lib ;;
        apt-get:libX11-xcb.so.1) echo libx11-xcb1 ;;
        dnf:libX11-xcb.so.1) echo libX11-xcb ;;
        pacman:libX11-xcb.so.1) echo libx11 ;;
        apt-get:libXcursor.so.1) echo libxcursor1 ;;
        dnf:libXcursor.so.1) echo libXcursor ;;
        pacman:libXcursor.so.1) echo libxcursor ;;
        apt-get:libXi.so.6) echo libxi6 ;;
        dnf:libXi.so.6) echo libXi ;;
        pacman:libXi.so.6) echo libxi ;;
        apt-get:libxkbcommon.so.0) echo libxkbcommon0 ;;
        dnf:libxkbcommon.so.0 | pacman:libxkbcommon.so.0) echo libxkbcommon ;;
        apt-get:libxkbcommon-x11.so.0) echo libxkbcommon-x11-0 ;;
        dnf:libxkbcommon-x11.so.0 | pacman:libxkbcommon-x11.so.0) echo libxkbcommon-x11 ;;
        apt-get:libwayland-client.so.0) echo libwayland-client0 ;;
        dnf:libwayland-client.so.0) echo libwayland-client ;;
        pacman:libwayland-client.so.0 | pacman:libwayland-egl.so.1) echo wayland ;;
        apt-get:libwayland-egl.so.1) echo libwayland-egl1 ;;
        dnf:libwayland-egl.so.1) echo libwayland-egl ;;
        apt-get:libEGL.so.1) echo libegl1 ;;
        dnf:libEGL.so.1) echo mesa-libEGL ;;
        pacman:libEGL.so.1 | pacman:libGL.so.1) echo libglvnd ;;
        apt-get:libGL.so.1) echo libgl1 libgl1-mesa-dri ;;
        dnf:libGL.so.1) echo mesa-libGL ;;
        apt-get:libvulkan.so.1) echo libvulkan1 ;;
        dnf:libvulkan.so.1) echo vulkan-loader ;;
        pacman:libvulkan.so.1) echo vulkan-icd-loader ;;
        apt-get:software-vulkan | dnf:software-vulkan) echo mesa-vulkan-drivers ;;
        pacman:software-vulkan) echo vulkan-swrast ;;
    esac
}

# What the compiler needs and does not find.
missing_for_build() {
    have cc || echo compiler
    if [ "$(uname -s)" = Linux ]; then
        have pkg-config || echo pkg-config
        { have pkg-config && pkg-config --exists alsa; } || echo alsa
    fi
}

# What the window opens at run time and does not find.
missing_for_window() {
    [ "$(uname -s)" = Linux ] || return 0
    local library
    for library in libX11-xcb.so.1 libXcursor.so.1 libXi.so.6 libxkbcommon.so.0 libxkbcommon-x11.so.0 \
        libwayland-client.so.0 libwayland-egl.so.1 libEGL.so.1 libGL.so.1 libvulkan.so.1; do
        have_library "$library" || echo "$library"
    done
}

# What image tests draw with where there is no graphics card.
missing_for_images() {
    [ "$(uname -s)" = Linux ] || return 0
    have_library libvulkan.so.1 || echo libvulkan.so.1
    compgen -G '/usr/share/vulkan/icd.d/*.json' >/dev/null ||
        compgen -G '/etc/vulkan/icd.d/*.json' >/dev/null || echo software-vulkan
}

# install NEED THING...: installs the packages that hold the things. NEED is "needed" (fails when it
# cannot) or "optional" (says so and goes on); a person who declines counts as "cannot".
install() {
    local need=$1 thing packages=() command=() why
    shift
    [ $# -gt 0 ] || return 0
    for thing in "$@"; do
        # shellcheck disable=SC2207  # one thing may be two packages
        packages+=($(package "$thing"))
    done
    why="Not found, $need: $*"
    if [ "$(uname -s)" = Darwin ]; then
        say "$why. Install Apple's command line tools: xcode-select --install"
        [ "$need" = optional ] && return 0 || return 1
    fi
    if [ ${#packages[@]} -eq 0 ]; then
        say "$why. No known package manager here; README.md lists the packages by name."
        [ "$need" = optional ] && return 0 || return 1
    fi
    case "$(manager)" in
        apt-get) command=(env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends) ;;
        dnf) command=(dnf install -y) ;;
        pacman) command=(pacman -S --needed --noconfirm) ;;
    esac
    local root=()
    if [ "$(id -u)" != 0 ]; then
        # Without a terminal a password cannot be typed, so sudo must not ask for one.
        if interactive; then root=(sudo); else root=(sudo -n); fi
    fi
    say "$why"
    say "To install them:" "${root[@]}" "${command[@]}" "${packages[@]}"
    if interactive && ! dry; then
        local answer
        read -r -p "Do that now? [Y/n] " answer
        case "$answer" in
            "" | y* | Y*) ;;
            *) [ "$need" = optional ] && return 0 || return 1 ;;
        esac
    fi
    if [ "$(manager)" = apt-get ]; then
        # Lists may be old or missing; when this fails the installation below says what is wrong.
        act "${root[@]}" apt-get update -qq >&2 || true
    fi
    if ! act "${root[@]}" "${command[@]}" "${packages[@]}" >&2; then
        say "The installation did not succeed."
        [ "$need" = optional ] && return 0 || return 1
    fi
}

# Finds cargo where rustup puts it, or says how to get it.
need_cargo() {
    have cargo || PATH="$HOME/.cargo/bin:$PATH"
    if ! have cargo; then
        say "Rust is missing (1.95 or newer). Install it from https://rustup.rs and start again."
        return 1
    fi
}
