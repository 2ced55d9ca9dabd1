#!/usr/bin/env bash
# Rebuild static/vendor, static/fonts and tests/browser/vendor from the locked packages. Needs node; nothing else does.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd .. && pwd)
bin=node_modules/.bin
vendor=$root/static/vendor
fonts=$root/static/fonts
testing=$root/tests/browser/vendor

npm ci --ignore-scripts --silent

version() { node -p "require('./node_modules/$1/package.json').version"; }
# Manifest storage refuses a sourceMappingURL whose file is not here.
strip_map() { sed -E 's|/\*# sourceMappingURL=[^*]*\*/||; s|^//# sourceMappingURL=.*$||' "$1" > "$2"; }
licence() { cp "$(ls node_modules/"$1"/LICEN[SC]E* | head -n 1)" "$2/LICENSE.txt"; }

rm -rf "$vendor" "$fonts" "$testing"
mkdir -p "$vendor"/{bootstrap,htmx,leaflet/images} "$fonts" "$testing"/axe-core

build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
"$bin/sass" --quiet --silence-deprecation=import --no-source-map --load-path=node_modules bootstrap.scss "$build/bootstrap.css"
"$bin/rtlcss" --silent "$build/bootstrap.css" "$build/bootstrap.rtl.css"
for side in bootstrap bootstrap.rtl; do
  "$bin/cleancss" -O1 --output "$vendor/bootstrap/$side.min.css" "$build/$side.css"
done
licence bootstrap "$vendor/bootstrap"

strip_map node_modules/htmx.org/dist/htmx.min.js "$vendor/htmx/htmx.min.js"
licence htmx.org "$vendor/htmx"

strip_map node_modules/leaflet/dist/leaflet.js "$vendor/leaflet/leaflet.js"
cp node_modules/leaflet/dist/leaflet.css "$vendor/leaflet/"
cp node_modules/leaflet/dist/images/*.png "$vendor/leaflet/images/"
licence leaflet "$vendor/leaflet"

for subset in arabic latin; do
  cp "node_modules/@fontsource-variable/vazirmatn/files/vazirmatn-$subset-wght-normal.woff2" "$fonts/vazirmatn-$subset.woff2"
done
licence @fontsource-variable/vazirmatn "$fonts"

strip_map node_modules/axe-core/axe.min.js "$testing/axe-core/axe.min.js"
licence axe-core "$testing/axe-core"

cat > "$vendor/README.md" <<TABLE
# Vendored assets

Made by \`make vendor\` (\`frontend/vendor.sh\`); never edited by hand. \`SHA256SUMS\` lists every file, fonts included.

| Package | Version | Licence | Files | Used by |
|---|---|---|---|---|
| bootstrap | $(version bootstrap) | MIT | \`bootstrap/\`: the parts named in \`frontend/bootstrap.scss\`, right-to-left and left-to-right | every page |
| htmx.org | $(version htmx.org) | 0BSD | \`htmx/\` | pages that improve themselves with it |
| leaflet | $(version leaflet) | BSD-2-Clause | \`leaflet/\` | the parcel map |
| @fontsource-variable/vazirmatn | $(version @fontsource-variable/vazirmatn) | OFL-1.1 | \`../fonts/\`: arabic and latin subsets, all weights | every page and document |
| axe-core | $(version axe-core) | MPL-2.0 | \`../../tests/browser/vendor/\` | accessibility tests only |

The icons in \`../icons/\`, the girih drawing and the emblem in \`../img/\` are the portal's own.
TABLE
cd "$root"
find static/vendor static/fonts tests/browser/vendor -type f ! -name SHA256SUMS ! -name README.md -print0 \
  | LC_ALL=C sort -z | xargs -0 sha256sum > "$vendor/SHA256SUMS"
rm -rf frontend/node_modules
echo "vendored: $(wc -l < "$vendor/SHA256SUMS") files"
