// The map of parcels in the first step of filing: a press on a parcel writes its code into the field.
// Leaflet is fetched when the map is asked for. Without this file the other two ways of choosing remain.
"use strict";

(() => {
  const NEAR_ZOOM = 16; // from here on parcels are drawn; before it, the districts
  const MOST_FEATURES = 1500;
  const LEAFLETS_PROBE = "<svg/>"; // the one text that Leaflet turns into markup while it loads
  const trusted = window.trustedTypes;
  const scripts = trusted?.createPolicy("portal-map", {
    createScriptURL: (url) => (new URL(url, location.href).origin === location.origin ? url : null),
  });
  trusted?.createPolicy("default", { createHTML: (text) => (text === LEAFLETS_PROBE ? text : null) });

  function offer(box) {
    const button = document.querySelector("[data-map-open]");
    button.hidden = false;
    button.addEventListener("click", async () => {
      button.hidden = true;
      box.hidden = false;
      say(box, box.dataset.textLoading);
      try {
        await load(box);
        await draw(box);
        box.querySelector(".map").focus();
      } catch {
        say(box, box.dataset.textFailed);
      }
    });
  }

  function load(box) {
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = box.dataset.leafletCss;
    const script = document.createElement("script");
    script.src = scripts ? scripts.createScriptURL(box.dataset.leaflet) : box.dataset.leaflet;
    const arrived = (element) => new Promise((done, failed) => {
      element.addEventListener("load", done);
      element.addEventListener("error", failed);
      document.head.append(element);
    });
    return Promise.all([arrived(sheet), arrived(script)]);
  }

  function say(box, text) {
    const note = box.querySelector(".map-note");
    if (note.textContent !== text) note.textContent = text;
  }

  async function fetched(url) {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  async function draw(box) {
    const field = document.getElementById(box.dataset.field);
    const colours = getComputedStyle(document.documentElement);
    const colour = (name) => colours.getPropertyValue(`--${name}`).trim();
    const styles = {
      district: { color: colour("lapis-500"), weight: 2, fillColor: colour("lapis-100"), fillOpacity: 0.5 },
      parcel: { color: colour("turquoise-800"), weight: 1, fillColor: colour("turquoise-100"), fillOpacity: 0.8 },
      chosen: { color: colour("lapis-900"), weight: 3, fillColor: colour("turquoise-500"), fillOpacity: 0.9 },
    };
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const map = L.map(box.querySelector(".map"), {
      attributionControl: false, zoomControl: false, preferCanvas: true, scrollWheelZoom: false,
      maxZoom: 20, minZoom: 10, zoomSnap: 0.25, zoomAnimation: !still, fadeAnimation: !still,
    });
    let chosen = "";
    const parcels = L.geoJSON(null, {
      style: (feature) => (feature.properties.code === chosen ? styles.chosen : styles.parcel),
      onEachFeature: (feature, layer) => layer.on("click", () => choose(feature.properties)),
    }).addTo(map);
    const districts = L.geoJSON(await fetched(box.dataset.districts), {
      style: styles.district,
      onEachFeature: (feature, layer) => {
        const name = document.createElement("b");
        name.textContent = feature.properties.label;
        layer.bindTooltip(name, { permanent: true, direction: "center", className: "map-label" });
        layer.on("click", (event) => { if (map.getZoom() < NEAR_ZOOM) map.setView(event.latlng, NEAR_ZOOM); });
      },
    }).addTo(map);

    function choose({ code }) {
      chosen = code;
      field.value = code;
      parcels.setStyle((feature) => (feature.properties.code === chosen ? styles.chosen : styles.parcel));
      sayChosen();
    }

    function sayChosen() {
      const isPersian = document.documentElement.lang === "fa";
      const shown = isPersian ? chosen.replace(/\d/g, (digit) => String.fromCharCode(0x6f0 + Number(digit))) : chosen;
      say(box, box.dataset.textChosen.replace("{code}", `\u2066${shown}\u2069`));
    }

    let asked = 0;
    async function refresh() {
      const isNear = map.getZoom() >= NEAR_ZOOM;
      districts.eachLayer((layer) => (isNear ? layer.closeTooltip() : layer.openTooltip()));
      districts.setStyle(isNear ? { ...styles.district, fillOpacity: 0 } : styles.district);
      if (!isNear) {
        parcels.clearLayers();
        return say(box, box.dataset.textNear);
      }
      const ask = ++asked;
      const bounds = map.getBounds();
      const frame = { west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() };
      const query = new URLSearchParams(Object.entries(frame).map(([side, degrees]) => [side, degrees.toFixed(6)]));
      try {
        const answer = await fetched(`${box.dataset.features}?${query}`);
        if (ask !== asked) return;
        parcels.clearLayers();
        parcels.addData(answer);
        if (answer.features.length >= MOST_FEATURES) say(box, box.dataset.textMany);
        else if (chosen && chosen === field.value) sayChosen();
        else say(box, box.dataset.textPress);
      } catch {
        say(box, box.dataset.textFailed);
      }
    }

    async function find() {
      if (!field.value.trim()) return field.focus();
      try {
        const feature = await fetched(`${box.dataset.locate}?${new URLSearchParams({ code: field.value })}`);
        chosen = feature.properties.code;
        map.fitBounds(L.geoJSON(feature).getBounds(), { maxZoom: 18, animate: !still });
      } catch {
        say(box, box.dataset.textNone);
      }
    }

    map.on("moveend", refresh);
    box.querySelector("[data-map-in]").addEventListener("click", () => map.zoomIn());
    box.querySelector("[data-map-out]").addEventListener("click", () => map.zoomOut());
    box.querySelector("[data-map-find]").addEventListener("click", find);
    map.fitBounds(districts.getBounds(), { animate: false });
    if (field.value.trim()) find();
  }

  for (const box of document.querySelectorAll("[data-map]")) offer(box);
})();
